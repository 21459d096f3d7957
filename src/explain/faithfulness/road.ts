import { ShapeError } from "../../errors.ts";
import { type Attribution, perPixel, ranking } from "./attribution.ts";
import { type ImputeOptions, imputed } from "./impute.ts";
import { type Recorded, type ScoreOptions, Subject, topProbability } from "./subject.ts";

/** The scores where a share of the pixels was taken away and imputed. */
export interface RoadPoint {
  /** Of the pixels, 0 to 1. */
  readonly removed: number;
  /** Score without the most relevant pixels. */
  readonly morf: number;
  /** Score without the least relevant pixels. */
  readonly lerf: number;
}

/** What ROAD measures: the fall of the score with the most relevant pixels first, and with the least relevant first. */
export interface Road {
  /** Mean change of the score without the most relevant pixels: the lower, the more faithful. */
  readonly morf: number;
  /** The same without the least relevant pixels: the higher, the more faithful. */
  readonly lerf: number;
  /** (lerf - morf) / 2 */
  readonly combined: number;
  /** Score of the unchanged picture. */
  readonly before: number;
  /** In the order of the percentiles. */
  readonly curve: readonly RoadPoint[];
}

export interface RoadOptions extends ScoreOptions, ImputeOptions {
  /** At percentile p, the p % of the pixels on one side of the order stay, and the others are imputed; above 0 and
   * below 100; 10, 20 ... 90 unless given. */
  readonly percentiles?: readonly number[] | undefined;
}

const PERCENTILES = [10, 20, 30, 40, 50, 60, 70, 80, 90];

/** Remove and debias: the score where the most, and where the least relevant pixels were replaced by noisy linear
 * imputation, which betrays less of a mask's shape than a constant does.
 * @param run of one picture
 * @throws ShapeError for a run of several pictures or a percentile out of range; NonFiniteError for a map with NaN
 * @see    Rong et al. 2022; the numbers are those of pytorch-grad-cam's ROADCombined */
export async function road(run: Recorded, map: Attribution, options: RoadOptions = {}): Promise<Road> {
  const { target = topProbability(), percentiles = PERCENTILES } = options;
  const wrong = percentiles.find((percentile) => !(percentile > 0 && percentile < 100));
  if (wrong !== undefined || percentiles.length === 0)
    throw new ShapeError(`road: percentile ${wrong ?? "(none)"} must be above 0 and below 100`);
  const subject = await Subject.of(run, target);
  const order = ranking(perPixel(map, subject));
  const counts = percentiles.map((percentile) => keptAt(percentile, order.length));
  const versions = imputations(subject, { order, counts, options });
  const [before = 0, ...scores] = await subject.score(versions, { ...options, count: 1 + 2 * counts.length });
  const curve = counts.map((count, i) => ({
    removed: 1 - count / order.length,
    morf: scores[2 * i] ?? 0,
    lerf: scores[2 * i + 1] ?? 0,
  }));
  const meanOf = (read: (point: RoadPoint) => number) =>
    curve.reduce((sum, point) => sum + read(point) - before, 0) / curve.length;
  const [morf, lerf] = [meanOf((point) => point.morf), meanOf((point) => point.lerf)];
  return { morf, lerf, combined: (lerf - morf) / 2, before, curve };
}

/** How many of n different values lie below their percentile, which is interpolated linearly. */
function keptAt(percentile: number, count: number): number {
  return Math.max(1, Math.ceil((percentile / 100) * (count - 1)));
}

/** The picture itself; then for each count without the most relevant, and without the least relevant pixels. */
function* imputations(
  subject: Subject,
  { order, counts, options }: { order: Uint32Array; counts: readonly number[]; options: ImputeOptions },
): Generator<Float32Array> {
  yield subject.values;
  const { noise, seed = 0 } = options;
  for (const count of counts) {
    const keep = (pixels: Uint32Array) => {
      const kept = new Uint8Array(order.length);
      for (const pixel of pixels) kept[pixel] = 1;
      return kept;
    };
    yield imputed(subject, keep(order.subarray(order.length - count)), { noise, seed: `${seed} morf ${count}` });
    yield imputed(subject, keep(order.subarray(0, count)), { noise, seed: `${seed} lerf ${count}` });
  }
}
