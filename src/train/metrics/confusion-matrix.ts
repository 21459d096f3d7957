import { checkClasses, labelsOf, largestIndex, type Metric } from "./metric.ts";

/** How well one class is told from the others. */
export interface ClassReport {
  /** Examples of the class. */
  readonly count: number;
  /** Of the examples that were taken for the class, the share that is; undefined where none was taken for it. */
  readonly precision: number | undefined;
  /** Of the examples of the class, the share that was taken for it; undefined where there are none. */
  readonly recall: number | undefined;
  /** Harmonic mean of both; undefined where nothing is, nor was taken for, the class. */
  readonly f1: number | undefined;
}

/** Which classes are taken for which. */
export class ConfusionMatrix implements Metric {
  readonly name = "confusion matrix";
  readonly #classes: number;
  readonly #counts: Float64Array;

  /** @throws ShapeError for a number of classes that makes no sense */
  constructor(classes: number) {
    checkClasses("ConfusionMatrix", classes);
    this.#classes = classes;
    this.#counts = new Float64Array(classes * classes);
  }

  update(scores: Float32Array, y: Int32Array | Float32Array): void {
    const classes = this.#classes;
    const labels = labelsOf({ what: this.name, classes, scores, y });
    for (const [i, label] of labels.entries()) {
      const at = label * classes + largestIndex(scores.subarray(i * classes, (i + 1) * classes));
      this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    }
  }

  /** Examples by true class (rows) and by the class with the highest score (columns). */
  get counts(): readonly (readonly number[])[] {
    return Array.from({ length: this.#classes }, (_, truth) => this.#row(truth));
  }

  /** The share of examples on the diagonal: the accuracy. */
  get value(): number | undefined {
    const total = sumOf(this.#counts);
    const right = this.counts.reduce((sum, row, c) => sum + (row[c] ?? 0), 0);
    return ratio(right, total);
  }

  /** Precision, recall and F1 of each class. */
  perClass(): readonly ClassReport[] {
    const { counts } = this;
    return counts.map((row, c) => {
      const [right, count] = [row[c] ?? 0, sumOf(row)];
      const taken = sumOf(counts.map((other) => other[c] ?? 0));
      return {
        count,
        precision: ratio(right, taken),
        recall: ratio(right, count),
        f1: ratio(2 * right, count + taken),
      };
    });
  }

  #row(truth: number): number[] {
    return Array.from(this.#counts.subarray(truth * this.#classes, (truth + 1) * this.#classes));
  }
}

function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0);
}

function ratio(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined;
}
