import { checkSample, type LocalisationSample } from "./sample.ts";

/** What a mean knows of the samples so far; plain data, to be stored and merged. */
export interface MeanState {
  readonly count: number;
  readonly total: number;
}

/** The mean of one number for each sample, gathered sample by sample; parts made on several machines are merged. */
export class MeanMetric {
  /** In words: "pointing game, 15 pixels". */
  readonly name: string;
  readonly #rule: (sample: LocalisationSample) => number;
  #count = 0;
  #total = 0;

  /** @param rule of one sample: 0..1 */
  constructor(name: string, rule: (sample: LocalisationSample) => number) {
    this.name = name;
    this.#rule = rule;
  }

  /** Takes a sample in and returns its own value.
   * @throws ShapeError for a sample without boxes, or whose map does not fit its size */
  update(sample: LocalisationSample): number {
    const value = this.measure(sample);
    this.merge({ count: 1, total: value });
    return value;
  }

  /** The value of a sample that is not taken in; as `update`. */
  measure(sample: LocalisationSample): number {
    checkSample(this.name, sample);
    return this.#rule(sample);
  }

  /** Takes in what was measured elsewhere. */
  merge({ count, total }: MeanState): void {
    this.#count += count;
    this.#total += total;
  }

  get state(): MeanState {
    return { count: this.#count, total: this.#total };
  }

  /** The mean over all samples; undefined where there was none. */
  summary(): { readonly count: number; readonly mean: number | undefined } {
    return { count: this.#count, mean: this.#count > 0 ? this.#total / this.#count : undefined };
  }
}
