import { WeightsFormatError } from "../src/errors.ts";

const signature = [0x47, 0x43, 0x4f, 0x4c];
const headerBytes = 16;

/** Throws when `bytes` are a whole global heap (where HDF5 keeps texts of any length) whose chain of objects does not
 * end where the heap ends: the HDF5 library walks such a chain for ever.
 * @see HDF5 File Format Specification 3.0, section III.E (global heap) */
export function checkGlobalHeap(bytes: Uint8Array, where: string): void {
  if (bytes.length < headerBytes || signature.some((b, i) => bytes[i] !== b)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const heapBytes = Number(view.getBigUint64(8, true));
  // The library reads a piece first, to learn the size, and walks the heap only when it has all of it.
  if (heapBytes > bytes.length) return;
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
