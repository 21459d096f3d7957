import { ShapeError } from "../../errors.ts";
import { checkClasses, labelsOf, type Metric, rowsOf } from "./metric.ts";

/** Average precision: the mean precision over the positives, each at the threshold that just takes it in; the precision
 * is not interpolated, and examples of one score are taken in together.
 * @param isPositive one entry per score, not 0 where the class is there
 * @returns          undefined where there are no positives
 * @see              scikit-learn's average_precision_score: AP = sum over thresholds of (R_n - R_{n-1}) P_n */
export function averagePrecision(scores: ArrayLike<number>, isPositive: ArrayLike<number>): number | undefined {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  let [positives, taken, sum, before] = [0, 0, 0, 0];
  for (const [place, i] of order.entries()) {
    taken++;
    if (isPositive[i]) positives++;
    const next = order[place + 1];
    if (next !== undefined && scores[next] === scores[i]) continue;
    sum += (positives - before) * (positives / taken);
    before = positives;
  }
  return positives > 0 ? sum / positives : undefined;
}

/** Mean over the classes of the average precision, for classes of which several may be in one picture. Keeps all
 * scores: precision at a threshold is known at the end only. */
export class MeanAveragePrecision implements Metric {
  readonly name = "mean average precision";
  readonly #scores: number[][];
  readonly #targets: number[][];

  /** @throws ShapeError for a number of classes that makes no sense */
  constructor(classes: number) {
    checkClasses("MeanAveragePrecision", classes);
    this.#scores = Array.from({ length: classes }, () => []);
    this.#targets = Array.from({ length: classes }, () => []);
  }

  /** As `Metric.update`; targets are 0 or 1. */
  update(scores: Float32Array, y: Int32Array | Float32Array): void {
    const classes = this.#scores.length;
    const batch = { what: this.name, classes, scores, y };
    const labels = y instanceof Int32Array ? labelsOf(batch) : undefined;
    const rows = rowsOf(batch);
    const odd = labels ? undefined : y.find((target) => target !== 0 && target !== 1);
    if (odd !== undefined) throw new ShapeError(`${this.name}: a target is ${odd}, but targets are 0 or 1.`);
    for (let i = 0; i < rows; i++)
      for (let c = 0; c < classes; c++) {
        this.#scores[c]?.push(scores[i * classes + c] ?? 0);
        this.#targets[c]?.push(labels ? Number(labels[i] === c) : (y[i * classes + c] ?? 0));
      }
  }

  /** The average precision of each class; undefined for classes without positives. */
  perClass(): readonly (number | undefined)[] {
    return this.#scores.map((scores, c) => averagePrecision(scores, this.#targets[c] ?? []));
  }

  /** Mean over the classes that have positives. */
  get value(): number | undefined {
    const known = this.perClass().filter((value) => value !== undefined);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
  }
}
