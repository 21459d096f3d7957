import type { Attribution } from "./attribution.ts";
import { type Curve, type CurveOptions, pixelCurve } from "./curve.ts";
import type { Recorded } from "./subject.ts";

/** How soon the score comes back when the pixels of a picture are put into its baseline, the most relevant first: the
 * larger the area, the more faithful the map. The baseline is the blurred picture unless given.
 * @param run of one picture
 * @throws ShapeError for a run of several pictures or steps that are no whole number; NonFiniteError for a map with NaN
 * @see    Petsiuk et al. 2018 */
export function insertion(run: Recorded, map: Attribution, options: CurveOptions = {}): Promise<Curve> {
  return pixelCurve(run, map, { ...options, direction: "insertion", baseline: options.baseline ?? "blur" });
}
