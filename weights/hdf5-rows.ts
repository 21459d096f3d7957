import { WeightsFormatError } from "../src/errors.ts";
import { allocateFloat32, checkRows, elementCount, formatBytes, type NumberFormat } from "./number-format.ts";

/** One array of numbers. */
export interface Hdf5Dataset {
  readonly path: string;
  readonly shape: readonly number[];
  /** How the file stores one number; big-endian numbers are turned round while reading. */
  readonly dtype: NumberFormat;
  /** Size of the values as stored and unpacked: elements times bytes of one. */
  readonly sizeBytes: number;
  /** All values as float32, in C order. */
  readFloat32(): Float32Array;
  /** Rows [start, start + count) along the first axis, as float32: how a large array is read in pieces. */
  readRows(start: number, count: number): Float32Array;
  /** Fills `target` with as many rows from `start` on as it holds: what `readRows` does, without a new array. */
  readRowsInto(start: number, target: Float32Array): void;
}

/** What is known of an array before it is read, and what reads it. */
export interface Hdf5Rows extends Pick<Hdf5Dataset, "path" | "shape" | "dtype"> {
  readonly fileName: string;
  isOpen(): boolean;
  /** Fills `out` with `count` rows, which are there. */
  fill(out: Float32Array, start: number, count: number): void;
}

/** An array that is read by rows: checks what is asked for, and makes room for it. */
export function datasetOfRows({ path, shape, dtype, fileName, isOpen, fill }: Hdf5Rows): Hdf5Dataset {
  const what = `${fileName}: ${path}`;
  const rows = shape[0] ?? 1;
  const rowElements = elementCount(shape.slice(1));
  const check = (start: number, count: number): void => {
    if (!isOpen()) throw new WeightsFormatError(`${what}: read after close().`);
    checkRows(what, rows, { start, count });
  };
  const readRows = (start: number, count: number): Float32Array => {
    check(start, count);
    const out = allocateFloat32(count * rowElements, what);
    fill(out, start, count);
    return out;
  };
  return {
    path,
    shape,
    dtype,
    sizeBytes: elementCount(shape) * formatBytes[dtype],
    readFloat32: () => readRows(0, rows),
    readRows,
    readRowsInto(start, target) {
      const count = target.length / Math.max(1, rowElements);
      check(start, count);
      fill(target, start, count);
    },
  };
}
