// Arrays of the float64 reference. It shares no code with the engine: its shape and padding rules are its own.

/** Row-major values with their shape. */
export interface Array64 {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

export type Arrays = Readonly<Record<string, Array64>>;
export type Gradients64 = Readonly<Record<string, Float64Array>>;

/** An operation and its derivative, by definition. */
export interface Rule<I> {
  readonly forward: (inputs: I) => Array64;
  /** Transposed Jacobian times dy, for every differentiable input. */
  readonly vjp: (inputs: I, dy: Array64) => Gradients64;
}

/** `magnitude` is what rounding errors are measured by: behind each value of forward and vjp, the sum of the absolute
 * values of everything added up to get it (times a stated number of units in the last place, where not only sums). */
export interface Reference<I> extends Rule<I> {
  readonly magnitude: Rule<I>;
}

/** For operations that are sums of products: the same sums, of absolute values. */
export function sumsOfProducts<I extends object>(rule: Rule<I>): Reference<I> {
  const forward = (inputs: I) => absolute(rule.forward(absoluteInputs(inputs)));
  const vjp = (inputs: I, dy: Array64) => {
    const gradients = rule.vjp(absoluteInputs(inputs), absolute(dy));
    return Object.fromEntries(Object.entries(gradients).map(([name, data]) => [name, data.map(Math.abs)]));
  };
  return { ...rule, magnitude: { forward, vjp } };
}

export function absolute(array: Array64): Array64 {
  return { data: array.data.map(Math.abs), shape: array.shape };
}

export function absoluteInputs<I extends object>(inputs: I): I {
  const entries = Object.entries(inputs) as [string, Array64][];
  return Object.fromEntries(entries.map(([name, array]) => [name, absolute(array)])) as I;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function zeros(shape: readonly number[]): Array64 {
  return { data: new Float64Array(sizeOf(shape)), shape };
}

/** Element i; a reference that reads outside an array is wrong, not zero. */
export function at(data: Float64Array, i: number): number {
  const value = data[i];
  if (value === undefined) throw new RangeError(`reference reads element ${i} of ${data.length}`);
  return value;
}

/** data[i] += value */
export function accumulate(data: Float64Array, i: number, value: number): void {
  data[i] = at(data, i) + value;
}

export function extent(array: Array64, axis: number): number {
  const found = array.shape[axis];
  if (found === undefined) throw new RangeError(`reference wants axis ${axis} of a shape of ${array.shape.length}`);
  return found;
}

/** [n, h, w, c] */
export function extents4(array: Array64): [number, number, number, number] {
  return [extent(array, 0), extent(array, 1), extent(array, 2), extent(array, 3)];
}
