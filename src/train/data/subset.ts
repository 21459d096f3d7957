import { DatasetError, ShapeError } from "../../errors.ts";
import type { Seed } from "../../random.ts";
import { shuffled } from "./batches.ts";
import { checkIndex, type Dataset, namesOf } from "./dataset.ts";

/** Some examples of a data set. */
export interface Subset extends Dataset {
  /** Of the data set that it is taken from. */
  readonly indices: Int32Array;
}

/** Some examples of a data set, in the order of the indices.
 * @throws DatasetError for an index that the data set does not have */
export function subset(data: Dataset, indices: ArrayLike<number>): Subset {
  for (let i = 0; i < indices.length; i++) checkIndex(indices[i] ?? 0, data);
  const own = Int32Array.from(indices);
  const { labels } = data;
  return {
    length: own.length,
    inputShape: data.inputShape,
    ...namesOf(data.classNames),
    ...(labels ? { labels: own.map((index) => labels[index] ?? 0) } : {}),
    indices: own,
    get(index) {
      checkIndex(index, own);
      return data.get(own[index] ?? 0);
    },
  };
}

/** How much of a data set is kept from training. */
export interface SplitOptions {
  /** Share of the examples, between 0 and 1; rounded to whole examples. */
  readonly validation: number;
  /** Which ones; 0 unless given. */
  readonly seed?: Seed;
}

/** Parts a data set in two with the same mixture of labels in both, or of combinations of targets, to within one
 * example of each. Reads every example once where the data set does not have its `labels` at hand.
 * @throws ShapeError for a share that is none, DatasetError where a part would be empty */
export async function split(
  data: Dataset,
  { validation, seed = 0 }: SplitOptions,
): Promise<{ readonly train: Subset; readonly validation: Subset }> {
  if (!(validation > 0 && validation < 1))
    throw new ShapeError(`split: validation is ${validation}, but it must be a share between 0 and 1.`);
  const keys = await keysOf(data);
  const order = shuffled(
    Int32Array.from({ length: data.length }, (_, i) => i),
    `${seed}, split`,
  );
  // by label, and by chance within a label; every 1/share-th is kept
  const sorted = Array.from(order).sort((a, b) => compare(keys[a] ?? "", keys[b] ?? ""));
  const isKept = (place: number) => Math.floor((place + 1) * validation + 0.5) > Math.floor(place * validation + 0.5);
  const kept = sorted.filter((_, place) => isKept(place));
  const rest = sorted.filter((_, place) => !isKept(place));
  if (kept.length === 0 || rest.length === 0)
    throw new DatasetError(
      `split: of ${data.length} examples a share of ${validation} leaves ${rest.length} to train on and ` +
        `${kept.length} to validate on. Choose another share, or get more examples.`,
    );
  const ascending = (indices: number[]) =>
    subset(
      data,
      indices.toSorted((a, b) => a - b),
    );
  return { train: ascending(rest), validation: ascending(kept) };
}

async function keysOf(data: Dataset): Promise<string[]> {
  const keys: string[] = [];
  for (let i = 0; i < data.length; i++) {
    const y = data.labels ? (data.labels[i] ?? 0) : (await data.get(i)).y;
    keys.push(typeof y === "number" ? String(y) : y.join(" "));
  }
  return keys;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
