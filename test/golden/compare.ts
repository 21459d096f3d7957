// Numbers that say how far two arrays are apart.

type Values = ArrayLike<number>;

/** Largest |actual - expected|; NaN where the lengths differ or a value is not a number. */
export function largestDifference(actual: Values, expected: Values): number {
  if (actual.length !== expected.length) return Number.NaN;
  let most = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (!(difference <= most)) most = difference; // keeps NaN
    if (Number.isNaN(most)) break;
  }
  return most;
}

export function largest(values: Values): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? Number.NaN));
  return most;
}

/** Largest difference over the largest absolute value; where all of `expected` is 0, all of `actual` must be. */
export function relativeError(actual: Values, expected: Values, scale = largest(expected)): number {
  const difference = largestDifference(actual, expected);
  return difference === 0 ? 0 : difference / scale;
}

/** Cosine of the angle between two arrays; 1 where both are all zeros. */
export function cosine(actual: Values, expected: Values): number {
  if (actual.length !== expected.length) return Number.NaN;
  let [product, squares, otherSquares] = [0, 0, 0];
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    product += a * b;
    squares += a * a;
    otherSquares += b * b;
  }
  if (squares === 0 && otherSquares === 0) return 1;
  return product / Math.sqrt(squares * otherSquares);
}

export interface Statistics {
  readonly scale: number;
  readonly mean: number;
  readonly rms: number;
}

/** Largest absolute value, mean and root mean square, in float64. */
export function statistics(values: Values): Statistics {
  let [most, sum, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    most = Math.max(most, Math.abs(value));
    sum += value;
    squares += value * value;
  }
  return { scale: most, mean: sum / values.length, rms: Math.sqrt(squares / values.length) };
}
