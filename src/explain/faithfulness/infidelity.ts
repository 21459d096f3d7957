import { atLeastOne } from "../../at-least-one.ts";
import { ShapeError } from "../../errors.ts";
import { gaussian, type Seed, uniform } from "../../random.ts";
import { topClass } from "../targets.ts";
import { type Attribution, perSample } from "./attribution.ts";
import type { Samples } from "./baseline.ts";
import { type Recorded, type ScoreOptions, Subject } from "./subject.ts";

/** How far a map is from saying what a change of the picture does to the score. */
export interface Infidelity {
  /** Mean of (I . map - (y(x) - y(x - I)))^2, in the square of the score's units; 0 is perfect. */
  readonly infidelity: number;
  /** The same with the map times the number `scale` that makes it smallest. */
  readonly scaled: number;
  readonly scale: number;
}

export interface InfidelityOptions extends Omit<ScoreOptions, "target"> {
  /** The scalar that the map explains; the logit of the most likely class unless given. */
  readonly target?: ScoreOptions["target"];
  /** What is taken from the picture: "gaussian" noise on every sample (default), the content of a random "square", or
   * arrays [height, width, channels]. */
  readonly perturbation?: "gaussian" | "square" | readonly Float32Array[] | undefined;
  /** How many perturbations are drawn; 50 unless given. */
  readonly samples?: number | undefined;
  /** Standard deviation of the noise as a share of the input's range; 0.1 unless given. */
  readonly deviation?: number | undefined;
  readonly seed?: Seed | undefined;
}

const SAMPLES = 50;
const DEVIATION = 0.1;

/** Infidelity of a map. It is about the map's own values: a pixel map's as they are, signs and all; a heat map's raw
 * values at the input's size, the same for every channel, of which only `scaled` can be compared with others.
 * @param run of one picture
 * @throws ShapeError for a run of several pictures or arrays that do not fit
 * @see    Yeh et al. 2019 */
export async function infidelity(
  run: Recorded,
  map: Attribution,
  options: InfidelityOptions = {},
): Promise<Infidelity> {
  const subject = await Subject.of(run, options.target ?? topClass());
  const values = perSample(map, subject);
  const { perturbation = "gaussian", samples = SAMPLES } = options;
  const count = typeof perturbation === "string" ? samples : perturbation.length;
  atLeastOne("infidelity: samples", count);
  const predicted: number[] = [];
  const scores = await subject.score(versions(), { ...options, count: count + 1 });
  const [before = 0, ...after] = scores;
  return distances(
    predicted,
    after.map((score) => before - score),
  );

  function* versions(): Generator<Float32Array> {
    yield subject.values;
    for (let i = 0; i < count; i++) {
      const change = changeOf(subject, { ...options, index: i });
      predicted.push(inner(change, values));
      yield subject.values.map((value, k) => value - (change[k] ?? 0));
    }
  }
}

/** I of one sample. */
function changeOf(picture: Samples, options: InfidelityOptions & { index: number }): Float32Array {
  const { perturbation = "gaussian", deviation = DEVIATION, seed = 0, index } = options;
  const { values } = picture;
  if (perturbation === "square") return square(picture, `${seed} ${index}`);
  if (perturbation !== "gaussian") {
    const given = perturbation[index];
    if (given?.length === values.length) return given;
    throw new ShapeError(`infidelity: a perturbation has ${given?.length} samples, the input ${values.length}`);
  }
  const spread = deviation * rangeOf(values);
  return gaussian(`${seed} ${index}`, values.length).map((value) => spread * value);
}

/** The picture inside a square of a side drawn from one pixel to half of the picture's, 0 outside. */
function square({ values, width, height, channels }: Samples, seed: Seed): Float32Array {
  const [a = 0, b = 0, c = 0] = uniform(seed, 3);
  const side = 1 + Math.floor((a * Math.min(width, height)) / 2);
  const [x0, y0] = [Math.floor(b * (width - side + 1)), Math.floor(c * (height - side + 1))];
  return values.map((value, i) => {
    const pixel = Math.floor(i / channels);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return x >= x0 && x < x0 + side && y >= y0 && y < y0 + side ? value : 0;
  });
}

/** Largest minus smallest value. */
export function rangeOf(values: Float32Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high > low ? high - low : 0;
}

function inner(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += value * (b[i] ?? 0);
  return sum;
}

/** Mean square of predicted - actual, as it is, and with the predictions times the number that makes it smallest. */
function distances(predicted: readonly number[], actual: readonly number[]): Infidelity {
  const squares = (scale: number) =>
    predicted.reduce((sum, value, i) => sum + (scale * value - (actual[i] ?? 0)) ** 2, 0) / predicted.length;
  const product = predicted.reduce((sum, value, i) => sum + value * (actual[i] ?? 0), 0);
  const length = predicted.reduce((sum, value) => sum + value * value, 0);
  const scale = length > 0 ? product / length : 0;
  return { infidelity: squares(1), scaled: squares(scale), scale };
}
