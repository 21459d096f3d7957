import { WeightsFormatError } from "../src/errors.ts";
import { checkRange } from "./byte-source.ts";
import { type Hdf5Origin, viewOf } from "./hdf5-heap.ts";

/** Structures are small, and a few of them lie side by side. */
const pageBytes = 16384;

/** Throws what makes a file not plain: the HDF5 library reads it then, and says in its own words what is wrong, if
 * anything is. */
export function must(isPlain: boolean, otherwise: string): asserts isPlain {
  if (!isPlain) throw new WeightsFormatError(`not a plain HDF5 file: ${otherwise}`);
}

/** The structures of a file, by its own addresses. In a sound file no two lie over each other, and each is looked at once,
 * a text once more: what takes more than that is given up, be it a circle of structures or a text with many names. */
export class PlainBytes {
  readonly origin: Hdf5Origin;
  private readonly pages = new Map<number, Uint8Array>();
  private leftBytes: number;

  constructor(origin: Hdf5Origin) {
    this.origin = origin;
    this.leftBytes = 2 * origin.source.size;
  }

  /** Not to be written into.
   * @throws WeightsFormatError outside the file */
  bytes(address: number, length: number): Uint8Array {
    const { source, base } = this.origin;
    const at = base + address;
    checkRange(source.name, source.size, at, length);
    this.spend(length);
    const start = at - (at % pageBytes);
    if (at + length > start + pageBytes) return source.read(at, length);
    const page = this.pages.get(start) ?? source.read(start, Math.min(pageBytes, source.size - start));
    this.pages.set(start, page);
    return page.subarray(at - start, at - start + length);
  }

  /** Counts bytes that are looked at. */
  spend(length: number): void {
    this.leftBytes -= length;
    must(this.leftBytes >= 0, "its parts lie over each other");
  }

  view(address: number, length: number): DataView {
    return viewOf(this.bytes(address, length));
  }

  /** A block that begins with its mark and its version. */
  marked(address: number, length: number, mark: string): DataView {
    const view = this.view(address, length);
    const isMarked = [...mark].every((letter, i) => view.getUint8(i) === letter.charCodeAt(0));
    must(isMarked, `there is no ${mark.slice(0, 4)} at ${address}, or one of an unknown version`);
    return view;
  }
}

/** An address or a length. Those over 2^53, "nowhere" too, lie outside of every file. */
export function uint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
}
