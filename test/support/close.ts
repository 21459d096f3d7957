// Comparing what a GPU computed with what it should have.
import { expect } from "vitest";

type Values = ArrayLike<number>;

/** Unit roundoff of float32: adding up K products cannot err by more than about K times this, times sum |ab|. */
const ROUNDOFF = 2 ** -24;
/** GPUs may flush what is smaller than the least normal float32 to zero, at every step of a calculation. */
const FLUSHED = 2 ** -120;

export interface Bound {
  /** Length of the longest sum. */
  readonly K: number;
  /** Behind each value, the sum of absolute values that it was added up from. */
  readonly magnitude: Values;
}

/** Each |actual - expected| <= 2 K 2^-24 magnitude; where the magnitude is 0, they are equal. */
export function expectWithinRounding(actual: Values, expected: Values, { K, magnitude }: Bound, what: string): void {
  expectEach(actual, expected, (i) => boundAt(K, magnitude[i] ?? Number.NaN), what);
}

/** Largest error that rounding explains. */
export function boundAt(K: number, magnitude: number): number {
  return magnitude === 0 ? 0 : 2 * K * ROUNDOFF * magnitude + FLUSHED;
}

/** Bit for bit, but for the sign of zero. */
export function expectEqual(actual: Values, expected: Values, what: string): void {
  expectEach(actual, expected, () => 0, what);
}

/** |actual - expected| <= atol + rtol |expected|, as numpy.allclose. */
export function expectClose(
  actual: Values,
  expected: Values,
  { atol, rtol }: { atol: number; rtol: number },
  what: string,
): void {
  expectEach(actual, expected, (i) => atol + rtol * Math.abs(expected[i] ?? Number.NaN), what);
}

function expectEach(actual: Values, expected: Values, allowed: (i: number) => number, what: string): void {
  expect(actual.length, `${what}: number of values`).toBe(expected.length);
  let [worst, worstRatio] = [-1, 0];
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    const bound = allowed(i);
    if (error <= bound) continue; // false for NaN as well
    const ratio = Number.isNaN(error) ? Infinity : error / bound;
    if (worst < 0 || ratio > worstRatio) [worst, worstRatio] = [i, ratio];
  }
  if (worst < 0) return;
  const error = `is ${actual[worst]} but ${expected[worst]} is wanted, give or take ${allowed(worst)}`;
  expect.fail(`${what}: element ${worst} of ${expected.length} ${error}`);
}
