// What perturbation methods are made of: the targets' values where something recorded is altered, many times over.
import { mul } from "../../autograd/ops/arithmetic.ts";
import { concat } from "../../autograd/ops/layout.ts";
import { copies } from "../../autograd/stretch.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import type { Question } from "../question.ts";
import type { Asked, Recording } from "../recording.ts";

/** How a method of many forward passes runs, and tells of it. */
export interface PassOptions {
  /** Pictures in one forward pass, all versions of all of the run's pictures counted; at least one version of each runs
   * at once. By the memory that the layers take unless given: 1 to 64. The result does not depend on it. */
  readonly batch?: number | undefined;
  /** Called after each forward pass with how many versions of each picture are done, and of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the work before the next forward pass; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Versions of a recorded tensor. */
export interface Versions {
  /** Recorded, [n, ...]: the input, or a layer's output, after which alone the network then runs. */
  readonly from: Tensor;
  /** How many versions of each picture there are. */
  readonly count: number;
  /** Versions [start, start + count) of all pictures: [count * n, ...], the first version of all pictures first. What it
   * makes besides is freed. */
  readonly make: (start: number, count: number) => Tensor;
}

/** Some versions and what the targets make of them. */
export interface ScoredVersions {
  readonly start: number;
  readonly count: number;
  /** @param row     of the question
   *  @param version from `start` to `start` + `count` - 1 */
  readonly score: (row: number, version: number) => number;
}

/** Activations of one forward pass together take about this at the layer where they are largest. */
const BATCH_BYTES = 64 * 1024 * 1024;
const MOST_PICTURES = 64;
/** Forward passes under way at once: the next is encoded while one runs. */
const AHEAD = 2;

/** Runs the versions batch by batch; each batch is one forward pass of what lies after `from`, for all targets together,
 * and one read-back of its scores.
 * @throws ShapeError for a `batch` that is no whole number of at least 1; the signal's reason */
export async function* scored(
  question: Question,
  versions: Versions,
  options: PassOptions,
): AsyncGenerator<ScoredVersions> {
  const { run, targets } = question;
  const { count: total } = versions;
  const most = versionsAtOnce(run, versions.from, options.batch);
  const asked = run.engine.scope(() => run.ask(targets));
  const underWay: { start: number; count: number; values: Promise<TypedData> }[] = [];
  let encoded = 0;
  try {
    while (encoded < total || underWay.length > 0) {
      while (encoded < total && underWay.length < AHEAD) {
        options.signal?.throwIfAborted();
        const count = Math.min(most, total - encoded);
        underWay.push({ start: encoded, count, values: pass(run, asked, { versions, start: encoded, count }) });
        encoded += count;
      }
      const [first] = underWay;
      if (!first) break;
      const values = await first.values;
      underWay.shift();
      yield scoresIn(values, first, run.pictures);
      options.onProgress?.(first.start + first.count, total);
    }
  } finally {
    await Promise.allSettled(underWay.map(({ values }) => values));
    for (const { seed } of asked) seed.dispose();
  }
}

function pass(
  run: Recording,
  asked: readonly Asked[],
  { versions, start, count }: { versions: Versions; start: number; count: number },
): Promise<TypedData> {
  const values = run.encode(() => {
    const scores = run.scores(asked, versions.from, versions.make(start, count));
    return { tensors: [scores], finish: ([data]) => data ?? new Float32Array() };
  });
  // whoever waits hears of a failure; until somebody does it is not unheard of
  values.catch(() => undefined);
  return values;
}

/** @param values [targets, count * n] */
function scoresIn(
  values: TypedData,
  { start, count }: { start: number; count: number },
  pictures: number,
): ScoredVersions {
  const score = (row: number, version: number) => {
    const [target, picture] = [Math.floor(row / pictures), row % pictures];
    return values[(target * count + version - start) * pictures + picture] ?? 0;
  };
  return { start, count, score };
}

/** Every score of every version: a list for each row. */
export async function allScores(
  question: Question,
  versions: Versions,
  options: PassOptions,
): Promise<Float32Array<ArrayBuffer>[]> {
  const rows = Array.from({ length: rowCount(question) }, () => new Float32Array(versions.count));
  for await (const { start, count, score } of scored(question, versions, options))
    for (const [row, scores] of rows.entries())
      for (let version = start; version < start + count; version++) scores[version] = score(row, version);
  return rows;
}

/** The targets' values as they were recorded, one for each row. */
export function recordedScores({ run, targets }: Question): Promise<Float32Array> {
  return run.encode(() => {
    const scores = run.ask(targets).map((one) => run.scores([one], one.y, one.y));
    return { tensors: [concat(scores, 0)], finish: ([data]) => Float32Array.from(data ?? []) };
  });
}

/** A recorded tensor, so many times over, times masks: [n, h, w, c] and [count * n, h or 1, w or 1, c or 1] give
 * [count * n, h, w, c]. */
export function masked(x: Tensor, masks: Tensor): Tensor {
  const [n = 1] = x.shape;
  return mul(n === 1 ? x : copies(x, (masks.shape[0] ?? 0) / n), masks);
}

export function rowCount({ run, targets }: Question): number {
  return targets.length * run.pictures;
}

function versionsAtOnce(run: Recording, from: Tensor, batch: number | undefined): number {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1))
    throw new ShapeError(`batch: ${batch} is no number of pictures. Give a whole number of at least 1.`);
  const first = run.tape.producerOf(from)?.index ?? 0;
  const largest = run.tape.nodes.slice(first).reduce((most, { output }) => Math.max(most, output.size), from.size);
  const affordable = Math.floor(BATCH_BYTES / (4 * Math.max(1, largest / run.pictures)));
  const pictures = batch ?? Math.max(1, Math.min(MOST_PICTURES, affordable));
  return Math.max(1, Math.floor(pictures / run.pictures));
}
