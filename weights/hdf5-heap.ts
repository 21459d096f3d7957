import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";

const signature = [0x47, 0x43, 0x4f, 0x4c];
const headerBytes = 16;

/** Throws when a global heap (where HDF5 keeps texts of any length) stands at `position` whose chain of objects does not
 * end where the heap ends: the HDF5 library walks such a chain for ever.
 * @param bytes what the library reads there: of a long heap it asks for the rest later, which is checked here and now
 * @see HDF5 File Format Specification 3.0, section III.E (global heap) */
export function checkGlobalHeap(bytes: Uint8Array, position: number, source: ByteSource): void {
  const { name } = source;
  if (bytes.length < headerBytes || signature.some((b, i) => bytes[i] !== b)) return;
  const heapBytes = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(8, true));
  checkRange(name, source.size, position, heapBytes);
  checkChain(heapBytes <= bytes.length ? bytes : source.read(position, heapBytes), heapBytes, name);
}

function checkChain(bytes: Uint8Array, heapBytes: number, where: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = headerBytes;
  while (at + headerBytes <= heapBytes) {
    const index = view.getUint16(at, true);
    const size = Number(view.getBigUint64(at + 8, true));
    // Object 0 is the free space at the end: its size counts its own header.
    const step = index === 0 ? size : headerBytes + Math.ceil(size / 8) * 8;
    if (step < headerBytes || at + step > heapBytes) {
      throw new WeightsFormatError(`${where}: the file is damaged: an object of its text heap has the size ${size}.`);
    }
    at += step;
  }
}
