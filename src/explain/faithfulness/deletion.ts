import type { Attribution } from "./attribution.ts";
import { type Curve, type CurveOptions, pixelCurve } from "./curve.ts";
import type { Recorded } from "./subject.ts";

/** How soon the score falls when the pixels of a picture are taken away, the most relevant first: the smaller the area,
 * the more faithful the map. The baseline is 0 in the units of the network's input unless given.
 * @param run of one picture
 * @throws ShapeError for a run of several pictures or steps that are no whole number; NonFiniteError for a map with NaN
 * @see    Petsiuk et al. 2018 */
export function deletion(run: Recorded, map: Attribution, options: CurveOptions = {}): Promise<Curve> {
  return pixelCurve(run, map, { ...options, direction: "deletion", baseline: options.baseline ?? 0 });
}
