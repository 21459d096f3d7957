import { ShapeError } from "../errors.ts";

/** Extents of an array, outermost first; none for a single number. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** `[1, 224, 224, 3]` */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** @throws ShapeError unless every extent is a whole number >= 0 */
export function checkShape(shape: Shape, what: string): void {
  if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0))
    throw new ShapeError(`${what}: ${showShape(shape)} is no shape; extents are whole numbers, at least 0`);
}

/** The four extents of an NHWC tensor.
 * @throws ShapeError if there are not four */
export function nhwc(shape: Shape, what: string): [number, number, number, number] {
  const [n, h, w, c] = shape;
  if (shape.length !== 4 || n === undefined || h === undefined || w === undefined || c === undefined)
    throw new ShapeError(`${what}: shape ${showShape(shape)} has ${shape.length} axes but [n, h, w, c] is wanted`);
  return [n, h, w, c];
}

/** Axis counted from the front; negative ones count from the back.
 * @throws ShapeError if there is no such axis */
export function axisOf(axis: number, rank: number, what: string): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || index < 0 || index >= rank)
    throw new ShapeError(`${what}: axis ${axis} is outside a shape of ${rank} axes`);
  return index;
}
