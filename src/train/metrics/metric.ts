import { NonFiniteError, ShapeError } from "../../errors.ts";

/** A figure of merit that grows batch by batch. */
export interface Metric {
  /** For logs and tables, such as "accuracy". */
  readonly name: string;
  /** The one number that sums it up; undefined before there is one. */
  readonly value: number | undefined;
  /** Takes a batch in.
   * @param scores [n, classes], logits or probabilities: only their order counts
   * @param y      labels as an Int32Array, [n]; or vectors of targets as a Float32Array, [n, classes]
   * @throws       ShapeError if they do not fit, NonFiniteError for a score that is NaN */
  update(scores: Float32Array, y: Int32Array | Float32Array): void;
}

/** @throws ShapeError unless the number of classes is whole and at least 2 */
export function checkClasses(what: string, classes: number): void {
  if (Number.isInteger(classes) && classes >= 2) return;
  throw new ShapeError(`${what}: the number of classes is ${classes}, but it must be a whole number of at least 2.`);
}

/** A batch and whom to name in messages. */
export interface MetricBatch {
  readonly what: string;
  readonly classes: number;
  readonly scores: Float32Array;
  readonly y: Int32Array | Float32Array;
}

/** How many examples a batch has, after checking it. */
export function rowsOf({ what, classes, scores, y }: MetricBatch): number {
  const rows = scores.length / classes;
  const wanted = y instanceof Int32Array ? rows : scores.length;
  if (!Number.isInteger(rows) || y.length !== wanted) {
    const given = `${y.length} ${y instanceof Int32Array ? "labels" : "targets"}`;
    throw new ShapeError(`${what}: got ${scores.length} scores and ${given} for ${classes} classes, which do not fit.`);
  }
  const at = scores.findIndex(Number.isNaN);
  if (at >= 0)
    throw new NonFiniteError(`${what}: the score of class ${at % classes} in row ${Math.floor(at / classes)} is NaN.`);
  return rows;
}

/** The label of every example; of a vector of targets the largest is the label.
 * @throws as `rowsOf`, and ShapeError for a label that is no class */
export function labelsOf(batch: MetricBatch): Int32Array {
  const { what, classes, y } = batch;
  const rows = rowsOf(batch);
  if (!(y instanceof Int32Array))
    return Int32Array.from({ length: rows }, (_, i) => largestIndex(y.subarray(i * classes, (i + 1) * classes)));
  const at = y.findIndex((label) => label < 0 || label >= classes);
  if (at >= 0) throw new ShapeError(`${what}: label ${at} is ${y[at]}, but the classes are 0 to ${classes - 1}.`);
  return y;
}

/** The index of the largest value, of equal ones the first. */
export function largestIndex(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? 0) ? i : best), 0);
}
