import { normalizeMap } from "../../image/normalize.ts";
import { rectified } from "../heat-map.ts";
import { type Attribution, perPixel } from "./attribution.ts";
import { type BlankPicture, baselineOf } from "./baseline.ts";
import { type Recorded, type ScoreOptions, Subject, topProbability } from "./subject.ts";

/** How a score changes where only what a map shows is left of the picture. */
export interface Drop {
  /** max(0, before - after) / before, 0 to 1; its mean over a data set, times 100, is the average drop in percent. 0
   * where the score was not positive. */
  readonly drop: number;
  /** Whether the score rose; the share of pictures of a data set is the increase in confidence. */
  readonly increase: boolean;
  readonly before: number;
  readonly after: number;
}

export interface DropOptions extends ScoreOptions {
  /** What shows where the map is 0; 0 unless given. */
  readonly baseline?: BlankPicture | undefined;
}

/** Average drop and increase in confidence of one picture: the score with the picture multiplied by its map, rectified
 * and scaled to a maximum of 1.
 * @param run of one picture
 * @throws ShapeError for a run of several pictures; NonFiniteError for a map with NaN
 * @see    Chattopadhyay et al. 2018 */
export async function averageDrop(run: Recorded, map: Attribution, options: DropOptions = {}): Promise<Drop> {
  const { target = topProbability(), baseline = 0 } = options;
  const subject = await Subject.of(run, target);
  const { values, channels } = subject;
  const mask = normalizeMap(rectified(perPixel(map, subject))).map.data;
  const hidden = baselineOf(subject, baseline);
  const masked = values.map((value, i) => {
    const share = mask[Math.floor(i / channels)] ?? 0;
    return share * value + (1 - share) * (hidden[i] ?? 0);
  });
  const [before = 0, after = 0] = await subject.score([values, masked], { ...options, count: 2 });
  return { drop: before > 0 ? Math.max(0, before - after) / before : 0, increase: after > before, before, after };
}
