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

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Where texts of any length are kept. Of a long heap the library asks for the rest later: all of it is checked here. */
function checkGlobalHeap(bytes: Uint8Array, position: number, source: ByteSource): void {
  const heapBytes = Number(viewOf(bytes).getBigUint64(8, true));
  checkRange(source.name, source.size, position, heapBytes);
  heapObjects(heapBytes <= bytes.length ? bytes : source.read(position, heapBytes), source.name);
}

/** What a global heap holds, by its numbers.
 * @throws WeightsFormatError where an object does not end in the heap */
export function heapObjects(bytes: Uint8Array, where: string): [index: number, object: Uint8Array][] {
  const view = viewOf(bytes);
  const heapBytes = Number(view.getBigUint64(8, true));
  const objects: [number, Uint8Array][] = [];
  let at: number = headerBytes.GCOL;
  while (at + headerBytes.GCOL <= heapBytes) {
    const index = view.getUint16(at, true);
    const size = Number(view.getBigUint64(at + 8, true));
    // Object 0 is the free space at the end: its size counts its own header.
    const step = index === 0 ? size : headerBytes.GCOL + Math.ceil(size / 8) * 8;
    if (step < headerBytes.GCOL || at + step > heapBytes) {
      throw new WeightsFormatError(`${where}: the file is damaged: an object of its text heap has the size ${size}.`);
    }
    if (index !== 0) objects.push([index, bytes.subarray(at + headerBytes.GCOL, at + headerBytes.GCOL + size)]);
    at += step;
  }
  return objects;
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
  const where = `${source.name}: the file is damaged: the free space among a group's names (at byte ${data})`;
  checkFreeBlocks({ first: first ?? noFreeBlock, size, where, read: (at) => source.read(data + at, 16) });
}

interface FreeBlocks {
  readonly first: number;
  /** Of the heap's data. */
  readonly size: number;
  readonly where: string;
  /** The description of the block at a place in the heap's data: where the next is, and its size with these 16 bytes. */
  read(at: number): Uint8Array;
}

/** Throws when the list of a local heap's free blocks goes round in a circle or leaves the heap. */
export function checkFreeBlocks({ first, size, where, read }: FreeBlocks): void {
  let block = first;
  for (let count = 1; block !== noFreeBlock; count++) {
    const free = block + 16 <= size ? viewOf(read(block)) : undefined;
    if (!free || block + Number(free.getBigUint64(8, true)) > size)
      throw new WeightsFormatError(`${where} is said to be at ${block} of ${size} bytes, or to go beyond them.`);
    if (count > mostFreeBlocks) throw new WeightsFormatError(`${where} goes round in a circle.`);
    block = Number(free.getBigUint64(0, true));
  }
}
