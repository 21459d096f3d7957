import { rowStatisticsKernel } from "../../kernels/statistics.ts";
import { overRows } from "../../tensor/rows.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { defineOp, need } from "../op.ts";

/** Values that one slice sums up: float32 loses little on so few, and the slices are added in float64. */
export const SLICE = 4096;
/** Numbers to a slice. */
const FIELDS = 6;

/** What is known of many numbers. */
export interface Statistics {
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly min: number;
  readonly max: number;
  /** How many are above and below 0. */
  readonly positive: number;
  readonly negative: number;
}

/** Statistics of each row (first axis), slice by slice; `statisticsOf` puts the slices together. No gradient.
 * @returns [rows, slices, 6]: sum, sum of squares, least, greatest, number of positive and of negative values */
export function rowStatistics(x: Tensor): Tensor {
  return rowStatisticsOp.apply({ x }, {});
}

const rowStatisticsOp = defineOp({
  name: "row_statistics",
  forward: (inputs) => {
    const x = need(inputs, "x");
    const rows = x.shape[0] ?? 1;
    const R = sizeOf(x.shape.slice(1));
    const slices = Math.ceil(R / SLICE);
    const y = x.engine.empty([rows, slices, FIELDS]);
    if (y.size === 0) return y;
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(rowStatisticsKernel, ranges, { rows: ranges.x.size / 4 / R, R, slices, L: SLICE });
    });
    return y;
  },
  vjp: () => ({}),
});

/** Puts the slices of one row, or of several, together.
 * @param slices what was read of `rowStatistics`, a whole number of slices
 * @param count  how many values there were */
export function statisticsOf(slices: TypedData, count: number): Statistics {
  let [sum, sumOfSquares, positive, negative] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < slices.length; at += FIELDS) {
    sum += slices[at] ?? 0;
    sumOfSquares += slices[at + 1] ?? 0;
    min = Math.min(min, slices[at + 2] ?? min);
    max = Math.max(max, slices[at + 3] ?? max);
    positive += slices[at + 4] ?? 0;
    negative += slices[at + 5] ?? 0;
  }
  return { count, sum, sumOfSquares, min, max, positive, negative };
}
