import { ShapeError } from "../../errors.ts";

/** The mean of results of one form: numbers become their mean, yes or no the share of yes, lists are taken point by
 * point, and what is neither stays as it was first. */
export type Averaged<T> = T extends number | boolean
  ? number
  : T extends string
    ? T
    : T extends readonly (infer E)[]
      ? Averaged<E>[]
      : { readonly [K in keyof T]: Averaged<T[K]> };

/** What a metric says of a data set. */
export interface MetricSummary<R> {
  /** How many results there were. */
  readonly count: number;
  readonly mean: Averaged<R>;
  /** Sample standard deviations, in the form of the means; 0 of one result. */
  readonly deviation: Averaged<R>;
}

/** A metric over many pictures, one after another: only running sums are kept.
 *
 * `const metric = new MetricStream(insertion); await metric.update(run, map); metric.summary()?.mean.auc` */
export class MetricStream<A extends readonly unknown[], R extends object> {
  readonly #measure: (...args: A) => Promise<R>;
  #count = 0;
  #mean: unknown;
  /** Sums of squared distances from the mean, in the results' form. */
  #squares: unknown;

  constructor(measure: (...args: A) => Promise<R>) {
    this.#measure = measure;
  }

  /** Measures one picture.
   * @returns its own result
   * @throws what the metric throws, and what `add` throws; the sums are then as they were */
  async update(...args: A): Promise<R> {
    const result = await this.#measure(...args);
    this.add(result);
    return result;
  }

  /** Takes in a result that was measured elsewhere.
   * @throws ShapeError if its lists are not as long as those before */
  add(result: R): void {
    const values = numbersOf(result);
    const count = this.#count + 1;
    if (count === 1) {
      [this.#mean, this.#squares] = [values, combined([values], () => 0)];
    } else {
      // Welford's way: sums of squares that do not cancel
      const mean = combined([this.#mean, values], (before, value) => before + (value - before) / count);
      const step = (sum: number, before: number, after: number, value: number) =>
        sum + (value - before) * (value - after);
      this.#squares = combined([this.#squares, this.#mean, mean, values], step);
      this.#mean = mean;
    }
    this.#count = count;
  }

  /** Means and deviations so far; undefined before the first result. */
  summary(): MetricSummary<R> | undefined {
    if (this.#count === 0) return undefined;
    const deviation = combined([this.#squares], (sum) => Math.sqrt(sum / Math.max(1, this.#count - 1)));
    return { count: this.#count, mean: this.#mean as Averaged<R>, deviation: deviation as Averaged<R> };
  }
}

/** The same with 1 and 0 for yes and no. */
function numbersOf(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (Array.isArray(value)) return value.map(numbersOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, numbersOf(one)]));
}

/** Combines the numbers that stand in the same place of values of one form. */
function combined(values: readonly unknown[], body: (...numbers: number[]) => number): unknown {
  const [first] = values;
  if (typeof first === "number") return body(...values.map(Number));
  if (Array.isArray(first)) {
    const lists = values as (readonly unknown[])[];
    const other = lists.find((list) => list.length !== first.length);
    if (other)
      throw new ShapeError(
        `a metric's results have lists of ${first.length} and ${other.length} values: ` +
          "measure all with the same options",
      );
    return first.map((_, i) =>
      combined(
        lists.map((list) => list[i]),
        body,
      ),
    );
  }
  if (typeof first !== "object" || first === null) return first;
  const objects = values as Readonly<Record<string, unknown>>[];
  return Object.fromEntries(
    Object.keys(first).map((key) => [
      key,
      combined(
        objects.map((one) => one[key]),
        body,
      ),
    ]),
  );
}
