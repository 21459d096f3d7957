import { ShapeError } from "../../errors.ts";
import { checkClasses, labelsOf, type Metric } from "./metric.ts";

/** The share of examples whose label is the class with the highest score, or among the `k` highest; of equal scores the
 * first counts as higher, so a network that says the same of all classes is not right. */
export class Accuracy implements Metric {
  readonly name: string;
  readonly #classes: number;
  readonly #k: number;
  #count = 0;
  #right = 0;

  /** @throws ShapeError for a number of classes or a `k` that makes no sense */
  constructor(classes: number, { k = 1 }: { readonly k?: number } = {}) {
    checkClasses("Accuracy", classes);
    if (!Number.isInteger(k) || k < 1 || k > classes)
      throw new ShapeError(`Accuracy: k is ${k}, but it must be a whole number from 1 to the ${classes} classes.`);
    this.#classes = classes;
    this.#k = k;
    this.name = k === 1 ? "accuracy" : `top-${k} accuracy`;
  }

  update(scores: Float32Array, y: Int32Array | Float32Array): void {
    const labels = labelsOf({ what: this.name, classes: this.#classes, scores, y });
    for (const [i, label] of labels.entries())
      if (rankOf(scores.subarray(i * this.#classes, (i + 1) * this.#classes), label) < this.#k) this.#right++;
    this.#count += labels.length;
  }

  /** Examples so far. */
  get count(): number {
    return this.#count;
  }

  get value(): number | undefined {
    return this.#count > 0 ? this.#right / this.#count : undefined;
  }
}

/** How many classes come before one. */
function rankOf(scores: Float32Array, label: number): number {
  const own = scores[label] ?? 0;
  let rank = 0;
  for (let c = 0; c < scores.length; c++) {
    const other = scores[c] ?? 0;
    if (other > own || (other === own && c < label)) rank++;
  }
  return rank;
}
