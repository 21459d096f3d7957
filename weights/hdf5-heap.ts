/** What the HDF5 library would walk for ever, looked at before the library sees it.
 * @see HDF5 File Format Specification 3.0, sections III.D (local heap) and III.E (global heap) */
import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";

/** A file, and where its address 0 is: behind the user block, if it has one. */
export interface Hdf5Origin {
  readonly source: ByteSource;
  readonly base: number;
}

/** Throws when `bytes`, which the library reads at `position`, begin a heap that goes round in a circle or does not end
 * where it says. */
export function checkHeap(bytes: Uint8Array, position: number, { source, base }: Hdf5Origin): void {
  if (isMarked(bytes, "GCOL")) checkGlobalHeap(bytes, position, source);
  if (isMarked(bytes, "HEAP")) checkLocalHeap(bytes, { source, base });
}

const headerBytes = { GCOL: 16, HEAP: 32 } as const;

function isMarked(bytes: Uint8Array, mark: keyof typeof headerBytes): boolean {
  return bytes.length >= headerBytes[mark] && [...mark].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Where texts of any length are kept. Of a long heap the library asks for the rest later: all of it is checked here. */
function checkGlobalHeap(bytes: Uint8Array, position: number, source: ByteSource): void {
  const heapBytes = Number(viewOf(bytes).getBigUint64(8, true));
  checkRange(source.name, source.size, position, heapBytes);
  checkChain(heapBytes <= bytes.length ? bytes : source.read(position, heapBytes), heapBytes, source.name);
}

function checkChain(bytes: Uint8Array, heapBytes: number, where: string): void {
  const view = viewOf(bytes);
  let at: number = headerBytes.GCOL;
  while (at + headerBytes.GCOL <= heapBytes) {
    const index = view.getUint16(at, true);
    const size = Number(view.getBigUint64(at + 8, true));
    // Object 0 is the free space at the end: its size counts its own header.
    const step = index === 0 ? size : headerBytes.GCOL + Math.ceil(size / 8) * 8;
    if (step < headerBytes.GCOL || at + step > heapBytes) {
      throw new WeightsFormatError(`${where}: the file is damaged: an object of its text heap has the size ${size}.`);
    }
    at += step;
  }
}

/** How a local heap writes "no further free block". */
const noFreeBlock = 1;
/** Each block names the next. Neighbours are joined when names are removed, so real files have a few. */
const mostFreeBlocks = 10_000;

/** Where the names of a group are kept. */
function checkLocalHeap(bytes: Uint8Array, { source, base }: Hdf5Origin): void {
  const [heapBytes, first, address] = [8, 16, 24].map((at) => Number(viewOf(bytes).getBigUint64(at, true)));
  const [data, size] = [base + (address ?? 0), heapBytes ?? 0];
  if (size > 0) checkRange(source.name, source.size, data, size);
  let block = first ?? noFreeBlock;
  for (let count = 1; block !== noFreeBlock; count++) {
    const where = `${source.name}: the file is damaged: the free space among a group's names (at byte ${data})`;
    if (block + 16 > size) throw new WeightsFormatError(`${where} is said to be at ${block} of ${size} bytes.`);
    if (count > mostFreeBlocks) throw new WeightsFormatError(`${where} goes round in a circle.`);
    block = Number(viewOf(source.read(data + block, 16)).getBigUint64(0, true));
  }
}
