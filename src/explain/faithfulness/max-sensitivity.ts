import { atLeastOne } from "../../at-least-one.ts";
import { ShapeError } from "../../errors.ts";
import { type Seed, uniform } from "../../random.ts";
import { Run } from "../explain.ts";
import { versionsAtOnce } from "../methods/gradients-at.ts";
import type { PassOptions } from "../methods/versions.ts";
import type { Target } from "../targets.ts";
import { rangeOf } from "./infidelity.ts";
import { fixedTarget, type ManyMethod, type TargetMethod, valuesOf } from "./method.ts";
import { assertOnePicture } from "./subject.ts";

/** How much a map changes where the picture hardly does. */
export interface Sensitivity {
  /** The largest |map(x + d) - map(x)| / |map(x)| that was found; 0 is perfectly stable. */
  readonly sensitivity: number;
  /** The mean of them all. */
  readonly mean: number;
}

export interface SensitivityOptions extends PassOptions {
  /** The same method for a run of several pictures, so that `batch` changed ones are recorded at once: by the memory that
   * they take unless given. One by one without it. */
  readonly many?: ManyMethod | undefined;
  /** What the maps explain; the logit of the most likely class of the unchanged picture unless given. */
  readonly target?: Target | undefined;
  /** How many changed pictures are tried; 10 unless given. */
  readonly samples?: number | undefined;
  /** The most by which a sample is changed, as a share of the input's range; 0.02 unless given. */
  readonly radius?: number | undefined;
  readonly seed?: Seed | undefined;
  /** Changes to try instead, each [height, width, channels] in the units of the input. */
  readonly perturbations?: readonly Float32Array[] | undefined;
}

const SAMPLES = 10;
const RADIUS = 0.02;

/** Max-sensitivity of a method at one picture, estimated from changes drawn evenly within a radius.
 * @param run    of one picture
 * @param method what makes the map; it is called once for the picture, and once for every sample unless `many` is given
 * @throws ShapeError if arrays do not fit, or a batch is wanted without `many`; what the method throws
 * @see    Yeh et al. 2019; Bhatt et al. 2020 for the mean */
export async function maxSensitivity(
  run: Run,
  method: TargetMethod,
  options: SensitivityOptions = {},
): Promise<Sensitivity> {
  assertOnePicture(run.recording);
  const target = await fixedTarget(run, options.target);
  const { onProgress, signal, perturbations, samples = SAMPLES, many } = options;
  const count = perturbations?.length ?? samples;
  atLeastOne("maxSensitivity: samples", count);
  const batch = batchOf(run, options);
  const [original, x] = await Promise.all([method(run, { target }), run.recording.read([run.input], ([data]) => data)]);
  const pixels = Float32Array.from(x ?? []);
  const before = valuesOf(original);
  const length = norm(before) || 1;
  const distances: number[] = [];
  for (let first = 0; first < count; first += batch) {
    signal?.throwIfAborted();
    const size = Math.min(batch, count - first);
    const changed = new Float32Array(size * pixels.length);
    for (let i = 0; i < size; i++) {
      const change = changeOf(pixels, { ...options, index: first + i });
      const at = i * pixels.length;
      for (const [k, value] of pixels.entries()) changed[at + k] = value + (change[k] ?? 0);
    }
    for (const after of await mapsOf(run, changed, { method, many, target }))
      distances.push(norm(after.map((value, k) => value - (before[k] ?? 0))) / length);
    onProgress?.(first + size, count);
  }
  return { sensitivity: Math.max(...distances), mean: distances.reduce((a, b) => a + b, 0) / count };
}

function batchOf({ recording }: Run, { many, batch }: SensitivityOptions): number {
  if (many) return versionsAtOnce(recording, batch);
  if (batch === undefined) return 1;
  throw new ShapeError("maxSensitivity: a batch is a run of several pictures; give the method for one as `many` too");
}

interface Methods {
  readonly method: TargetMethod;
  readonly many: ManyMethod | undefined;
  readonly target: Target;
}

/** A map for each picture of `values`. */
async function mapsOf(
  { recording }: Run,
  values: Float32Array,
  { method, many, target }: Methods,
): Promise<Float32Array[]> {
  const { engine, input } = recording;
  const x = engine.tensor(values, [values.length / input.size, ...input.shape.slice(1)]);
  try {
    if (many) {
      using changed = new Run({ recording: recording.again(x), many: true });
      return (await many(changed, { target })).map(valuesOf);
    }
    using changed = new Run({ recording: recording.again(x), many: false });
    return [valuesOf(await method(changed, { target }))];
  } finally {
    x.dispose();
  }
}

function changeOf(pixels: Float32Array, options: SensitivityOptions & { index: number }): Float32Array {
  const { radius = RADIUS, seed = 0, perturbations, index } = options;
  if (!perturbations) {
    const most = radius * rangeOf(pixels);
    return uniform(`${seed} ${index}`, pixels.length).map((value) => most * (2 * value - 1));
  }
  const given = perturbations[index];
  if (given?.length === pixels.length) return given;
  throw new ShapeError(`maxSensitivity: a perturbation has ${given?.length} samples, the input ${pixels.length}`);
}

function norm(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
