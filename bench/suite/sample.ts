// A few channels of every array: little enough for the float64 reference, whatever the size.
import { type Array64, sizeOf } from "../../test/reference/array.ts";

/** Indices that are left of an axis that is cut. */
const PICKS = 2;

/** Which axes of an array are cut down, and to what is left of it. */
export interface Part {
  readonly shape: readonly number[];
  /** Where each of the part's elements lies in the whole. */
  readonly indices: Int32Array;
}

/** @param axes that are cut to their first and last index */
export function partOf(shape: readonly number[], axes: readonly number[]): Part {
  const kept = shape.map((extent, axis) => (axes.includes(axis) ? picks(extent) : range(extent)));
  const partShape = kept.map((indices) => indices.length);
  const indices = new Int32Array(sizeOf(partShape));
  for (let i = 0; i < indices.length; i++) {
    let [rest, whole, step] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const along = kept[axis] ?? [];
      whole += (along[rest % along.length] ?? 0) * step;
      rest = Math.floor(rest / along.length);
      step *= shape[axis] ?? 1;
    }
    indices[i] = whole;
  }
  return { shape: partShape, indices };
}

/** The part's values, of the whole's. */
export function taken(values: ArrayLike<number>, { shape, indices }: Part): Array64 {
  return { data: Float64Array.from(indices, (i) => values[i] ?? Number.NaN), shape };
}

function picks(extent: number): number[] {
  return extent <= PICKS ? range(extent) : [0, extent - 1];
}

function range(extent: number): number[] {
  return Array.from({ length: extent }, (_, i) => i);
}
