import { Inflate } from "fflate";
import { crc32 } from "../src/bytes.ts";
import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, bytesSource } from "./byte-source.ts";
import type { ZipEntry } from "./zip-local.ts";

/** Small, so that a piece which grows without bound has grown to 16 MB at most before it is looked at. */
const pieceBytes = 16 * 1024;

/** Unpacks a deflated entry into memory.
 * @throws WeightsFormatError unless it gives exactly the bytes that the archive declares, checksum included */
export function inflateEntry(source: ByteSource, entry: ZipEntry): ByteSource {
  const name = `${source.name}: ${entry.name}`;
  const out = allocate(name, entry.sizeBytes);
  const done = unpack(source, entry, out, name);
  if (done !== out.length)
    throw new WeightsFormatError(`${name} unpacks to ${done} bytes; the zip directory declares ${out.length}.`);
  checkCrc(name, out, entry.crc);
  return bytesSource(out, name);
}

export function checkCrc(name: string, bytes: Uint8Array, wanted: number): void {
  if (crc32(bytes) === wanted) return;
  throw new WeightsFormatError(`${name} is damaged: its checksum is not the one of the zip directory. Get it again.`);
}

function unpack(source: ByteSource, entry: ZipEntry, out: Uint8Array, name: string): number {
  let done = 0;
  const inflate = new Inflate((piece) => {
    if (done + piece.length > out.length)
      throw new WeightsFormatError(`${name} unpacks to more than the ${out.length} bytes that it declares.`);
    out.set(piece, done);
    done += piece.length;
  });
  try {
    for (let at = 0; at < entry.packedBytes; at += pieceBytes) {
      const length = Math.min(pieceBytes, entry.packedBytes - at);
      inflate.push(source.read(entry.dataStart + at, length), at + length === entry.packedBytes);
    }
  } catch (cause) {
    if (cause instanceof WeightsFormatError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WeightsFormatError(`${name} cannot be unpacked: ${why}. The file is damaged: get it again.`, { cause });
  }
  return done;
}

function allocate(name: string, sizeBytes: number): Uint8Array {
  try {
    return new Uint8Array(sizeBytes);
  } catch (cause) {
    throw new WeightsFormatError(`${name}: no memory for its ${sizeBytes} bytes unpacked.`, { cause });
  }
}
