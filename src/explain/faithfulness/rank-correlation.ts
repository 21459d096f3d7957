import { ShapeError } from "../../errors.ts";

/** Spearman's rank correlation: Pearson's correlation of the ranks, equal values sharing the mean of theirs. 0 where
 * one side has no two different values.
 * @returns -1 to 1
 * @throws  ShapeError if the lists differ in length
 * @see     Spearman 1904 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new ShapeError(`rankCorrelation: ${a.length} and ${b.length} values; they must be as many`);
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (x.length + 1) / 2; // the mean of all ranks
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [u, v] = [(x[i] ?? 0) - middle, (y[i] ?? 0) - middle];
    [xy, xx, yy] = [xy + u * v, xx + u * u, yy + v * v];
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/** Ranks from 1, the smallest first. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end++;
    for (const i of order.subarray(start, end)) result[i] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}
