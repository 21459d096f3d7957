import { DatasetError, ShapeError } from "../../errors.ts";
import { generator, type Seed } from "../../random.ts";
import { checkLabel, type Dataset, elementsOf, type Sample } from "./dataset.ts";
import { prefetched } from "./prefetch.ts";

/** Examples one after another in one array each, as a tensor takes them. */
export interface Batch {
  /** [n, ...inputShape] */
  readonly x: Float32Array;
  readonly shape: readonly number[];
  /** Labels [n], or targets [n, t]. */
  readonly y: Int32Array | Float32Array;
  /** Which examples of the data set these are. */
  readonly indices: Int32Array;
}

/** Changes an example as the random numbers say, which follow from seed, epoch and the example's index alone; it may
 * not write into the example. */
export type Augment = (sample: Sample, random: () => number) => Sample;

/** How a data set is cut into batches. */
export interface BatchOptions {
  /** Examples in a batch; the last has what is left. */
  readonly size: number;
  /** Seed of an order that depends on it and on `epoch` only; the data set's own order unless given. */
  readonly shuffle?: Seed;
  /** From 0; each has its own order and its own augmentation. */
  readonly epoch?: number;
  /** Batches to leave out at the beginning: a run that was interrupted goes on with the same bits. */
  readonly skip?: number;
  /** Leave out the last batch where it is not full. */
  readonly dropLast?: boolean;
  readonly augment?: Augment;
  /** Batches made ahead while the consumer waits for the GPU; 2 unless given. */
  readonly prefetch?: number;
}

/** How many batches there are in an epoch. */
export function batchCount({ length }: { readonly length: number }, { size, dropLast = false }: BatchOptions): number {
  return dropLast ? Math.floor(length / size) : Math.ceil(length / size);
}

/** The batches of one epoch, made ahead of their use; breaking off the loop stops that.
 * @throws ShapeError for an option that makes no sense, DatasetError for an empty data set; while they are taken,
 *         DatasetError for an example whose shape or label does not fit, and what the data set throws */
export function batches(data: Dataset, options: BatchOptions): AsyncGenerator<Batch> {
  const { size, epoch = 0, skip = 0, prefetch = 2 } = options;
  for (const [name, value, least] of [
    ["size", size, 1] as const,
    ["epoch", epoch, 0] as const,
    ["skip", skip, 0] as const,
    ["prefetch", prefetch, 0] as const,
  ])
    if (!Number.isInteger(value) || value < least)
      throw new ShapeError(`batches: ${name} is ${value}, but it must be a whole number of at least ${least}.`);
  if (data.length === 0) throw new DatasetError("batches: the data set is empty. It needs at least one example.");
  const order = orderOf(data.length, options);
  const count = Math.max(0, batchCount(data, options) - skip);
  const make = (i: number) => batchOf(data, order.slice((skip + i) * size, (skip + i + 1) * size), options);
  return prefetched({ count, make, ahead: prefetch });
}

function orderOf(length: number, { shuffle, epoch = 0 }: BatchOptions): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  return shuffle === undefined ? order : shuffled(order, `${shuffle}, order of epoch ${epoch}`);
}

/** The same elements in an order that depends on the seed alone; changes the array.
 * @see Fisher and Yates; Durstenfeld 1964 */
export function shuffled(order: Int32Array, seed: Seed): Int32Array {
  const next = generator(seed);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const moved = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = moved;
  }
  return order;
}

async function batchOf(
  data: Dataset,
  indices: Int32Array,
  { augment, shuffle = 0, epoch = 0 }: BatchOptions,
): Promise<Batch> {
  const found = await Promise.all(Array.from(indices, (index) => data.get(index)));
  const samples = augment
    ? found.map((sample, i) => augment(sample, generator(`${shuffle}, example ${indices[i]} of epoch ${epoch}`)))
    : found;
  return { ...stacked(data, samples, indices), indices };
}

function stacked(data: Dataset, samples: readonly Sample[], indices: Int32Array): Omit<Batch, "indices"> {
  const size = elementsOf(data.inputShape);
  const x = new Float32Array(samples.length * size);
  for (const [i, sample] of samples.entries()) {
    if (sample.x.length !== size)
      throw new DatasetError(
        `example ${indices[i]} has ${sample.x.length} numbers, ` +
          `but inputShape [${data.inputShape.join(", ")}] has ${size}.`,
      );
    x.set(sample.x, i * size);
  }
  return { x, shape: [samples.length, ...data.inputShape], y: stackedTargets(data, samples, indices) };
}

function stackedTargets(data: Dataset, samples: readonly Sample[], indices: Int32Array): Batch["y"] {
  const first = samples[0]?.y;
  const width = typeof first === "object" ? first.length : undefined;
  const y = width === undefined ? new Int32Array(samples.length) : new Float32Array(samples.length * width);
  for (const [i, { y: own }] of samples.entries()) {
    if ((typeof own === "object" ? own.length : undefined) !== width)
      throw new DatasetError(`example ${indices[i]} has another kind or number of targets than example ${indices[0]}.`);
    if (typeof own === "object") y.set(own, i * own.length);
    else {
      checkLabel(`example ${indices[i]}`, own, data.classNames);
      y[i] = own;
    }
  }
  return y;
}
