// Pixels change from one picture to another in the order of a map, and the score is watched: insertion and deletion.
import { ShapeError } from "../../errors.ts";
import { type Attribution, perPixel, ranking } from "./attribution.ts";
import { type BlankPicture, baselineOf } from "./baseline.ts";
import { type Recorded, type ScoreOptions, Subject, topProbability } from "./subject.ts";

/** The score where a share of the pixels was changed. */
export interface CurvePoint {
  /** 0 to 1 */
  readonly share: number;
  readonly score: number;
}

/** A curve of scores, and the area under it. */
export interface Curve {
  /** Area under the curve by the trapezoid rule; of probabilities 0 to 1. */
  readonly auc: number;
  /** From no pixel to all, one point more than there are steps. */
  readonly curve: readonly CurvePoint[];
}

export interface CurveOptions extends ScoreOptions {
  /** How often the score is taken after the first time; each step changes as many pixels. 32 unless given, at most the
   * number of pixels. */
  readonly steps?: number | undefined;
  readonly baseline?: BlankPicture | undefined;
  /** Called with each point of the curve in turn, as soon as the forward pass that it is from is done; of what lies in one
   * `batch`, all together. */
  readonly onPoint?: ((point: CurvePoint) => void) | undefined;
}

const STEPS = 32;

/** @param direction "insertion" puts the picture's pixels into the baseline, "deletion" the baseline's into the picture
 * @throws ShapeError for steps that are no whole number of at least 1, or a run of several pictures */
export async function pixelCurve(
  run: Recorded,
  map: Attribution,
  {
    direction,
    baseline,
    onPoint,
    ...options
  }: CurveOptions & { direction: "insertion" | "deletion"; baseline: BlankPicture },
): Promise<Curve> {
  const { steps = STEPS, target = topProbability() } = options;
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new ShapeError(`${direction}: steps is ${steps}; give a whole number of at least 1`);
  const subject = await Subject.of(run, target);
  const order = ranking(perPixel(map, subject));
  const stand = baselineOf(subject, baseline);
  const [from, to] = direction === "insertion" ? [stand, subject.values] : [subject.values, stand];
  const each = Math.ceil(order.length / steps);
  const counts = Array.from({ length: Math.ceil(order.length / each) + 1 }, (_, i) => Math.min(order.length, i * each));
  const versions = mixtures({ from, to, order, counts, channels: subject.channels });
  const curve: CurvePoint[] = [];
  for await (const score of subject.scores(versions, { ...options, count: counts.length })) {
    const point = { share: (counts[curve.length] ?? 0) / order.length, score };
    curve.push(point);
    onPoint?.(point);
  }
  return { auc: areaUnder(curve), curve };
}

interface Mixture {
  readonly from: Float32Array;
  readonly to: Float32Array;
  readonly order: Uint32Array;
  readonly channels: number;
}

/** The pictures with so many of the first pixels in the order changed. */
function* mixtures({ counts, ...mixture }: Mixture & { counts: readonly number[] }): Generator<Float32Array> {
  for (const count of counts) yield mixed(mixture, count);
}

/** `from` with the first pixels of the order taken from `to`. */
export function mixed({ from, to, order, channels }: Mixture, count: number): Float32Array {
  const values = from.slice();
  for (const pixel of order.subarray(0, count))
    for (let i = pixel * channels; i < (pixel + 1) * channels; i++) values[i] = to[i] ?? 0;
  return values;
}

/** Trapezoid rule over the shares. */
export function areaUnder(curve: readonly CurvePoint[]): number {
  let area = 0;
  for (const [i, { share, score }] of curve.entries()) {
    const before = curve[i - 1];
    if (before) area += ((share - before.share) * (score + before.score)) / 2;
  }
  return area;
}
