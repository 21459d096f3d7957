import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";

/** Several sources one after another, read as if they were one file. The parts belong to it: closing it closes them. */
export function joinSources(parts: readonly ByteSource[], name: string): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    starts.push(size);
    size += part.size;
  }
  let isOpen = true;
  const readInto = (offset: number, target: Uint8Array): void => {
    if (!isOpen) throw new WeightsFormatError(`${name}: read after close().`);
    checkRange(name, size, offset, target.length);
    for (const { source, from, to, at } of piecesOf(parts, starts, { offset, length: target.length }))
      target.set(source.read(from, to - from), at);
  };
  return {
    name,
    size,
    readInto,
    read(offset, length) {
      if (!isOpen) throw new WeightsFormatError(`${name}: read after close().`);
      checkRange(name, size, offset, length);
      const [only, ...others] = piecesOf(parts, starts, { offset, length });
      // The usual case, a range inside one part, needs no copy.
      if (only && others.length === 0) return only.source.read(only.from, length);
      const bytes = new Uint8Array(length);
      readInto(offset, bytes);
      return bytes;
    },
    close() {
      isOpen = false;
      for (const part of parts) part.close();
    },
  };
}

interface Piece {
  readonly source: ByteSource;
  /** The range in the part. */
  readonly from: number;
  readonly to: number;
  /** Where it belongs in what is read. */
  readonly at: number;
}

function piecesOf(
  parts: readonly ByteSource[],
  starts: readonly number[],
  range: { readonly offset: number; readonly length: number },
): Piece[] {
  const end = range.offset + range.length;
  return parts.flatMap((source, i) => {
    const start = starts[i] ?? 0;
    const from = Math.max(range.offset, start) - start;
    const to = Math.min(end, start + source.size) - start;
    return to > from ? [{ source, from, to, at: start + from - range.offset }] : [];
  });
}
