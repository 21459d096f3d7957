import type { ByteSource } from "./byte-source.ts";
import { decodeInto, formatBytes, type NumberFormat } from "./number-format.ts";

/** Where in a file little-endian numbers begin, and what they are. */
export interface StoredNumbers {
  readonly offset: number;
  readonly format: NumberFormat;
}

/** Fills `target` with the numbers of a file, which come into place without a copy if they are float32. */
export function readNumbers(source: ByteSource, { offset, format }: StoredNumbers, target: Float32Array): void {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  if (format === "f32" && source.readInto) source.readInto(offset, bytes);
  else decodeInto(source.read(offset, target.length * formatBytes[format]), format, target, 0);
}
