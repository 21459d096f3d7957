// Gradients at many versions of the recorded pictures: what SmoothGrad and integrated gradients average.

import { atLeastOne } from "../../at-least-one.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Question } from "../question.ts";
import type { Asked, Recording } from "../recording.ts";
import type { PassOptions } from "./versions.ts";

/** The versions of the pictures that gradients are asked at. */
export interface InputVersions extends PassOptions {
  readonly count: number;
  /** Version `index` of all recorded pictures, of the input's size. */
  readonly version: (index: number) => Float32Array;
}

/** What batches are gathered into: none before the first.
 * @param gradients at the input, [targets, versions of this batch, pictures * h * w * c]
 * @param before    what it returned last, freed when it has returned
 * @param done      how many versions came before this batch */
export type Gather = (gradients: Tensor, before: readonly Tensor[], done: number) => Tensor[];

/** What the tape of a batch may hold unless its size is given. */
const BATCH_BYTES = 512 * 1024 * 1024;
const MOST_PICTURES = 64;

/** Walks forward and back for every version, batch by batch, and gathers the gradients. What was the most likely class of
 * the recorded pictures is asked for at all versions.
 * @returns what `gather` returned last, the caller's to dispose
 * @throws  ShapeError for a batch that is no whole number of at least 1; the signal's reason */
export async function gradientsAt(question: Question, versions: InputVersions, gather: Gather): Promise<Tensor[]> {
  const { run, targets } = question;
  const { count, onProgress, signal } = versions;
  const batch = versionsAtOnce(run, versions.batch);
  const asked = run.engine.scope(() => run.ask(targets));
  let gathered: Tensor[] = [];
  try {
    for (let first = 0; first < count; first += batch) {
      signal?.throwIfAborted();
      const before = gathered;
      const size = Math.min(batch, count - first);
      gathered = run.engine.scope(() => gather(encodeBatch(question, asked, { versions, first, size }), before, first));
      for (const tensor of gathered) run.engine.keep(tensor);
      for (const tensor of before) tensor.dispose();
      await run.engine.finish();
      onProgress?.(first + size, count);
    }
    return gathered;
  } catch (error) {
    for (const tensor of gathered) tensor.dispose();
    throw error;
  } finally {
    for (const { seed } of asked) seed.dispose();
  }
}

/** @returns [targets, size, pictures * h * w * c] */
function encodeBatch(
  { run, targets }: Question,
  asked: readonly Asked[],
  { versions, first, size }: { versions: InputVersions; first: number; size: number },
): Tensor {
  const { input } = run;
  const data = new Float32Array(size * input.size);
  for (let i = 0; i < size; i++) data.set(versions.version(first + i), i * input.size);
  const x = run.engine.tensor(data, [size * run.pictures, ...input.shape.slice(1)]);
  const other = run.again(x);
  try {
    const [dx] = other.gradients(run.asIn(other, asked), [x]);
    if (!dx) throw new ShapeError("no gradient at the input");
    return dx.withShape([targets.length, size, input.size]);
  } finally {
    other.tape.dispose();
  }
}

/** How many versions of the recorded pictures walk forward and back at once.
 * @throws ShapeError for a batch that is no whole number of at least 1 */
export function versionsAtOnce(run: Recording, batch: number | undefined): number {
  if (batch !== undefined) atLeastOne("batch", batch);
  const perPicture = run.tape.nodes.reduce((bytes, { output }) => bytes + 4 * output.size, 0) / run.pictures;
  const affordable = Math.floor(BATCH_BYTES / Math.max(1, perPicture));
  return Math.max(1, Math.floor((batch ?? Math.min(MOST_PICTURES, affordable)) / run.pictures));
}
