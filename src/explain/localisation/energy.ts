import type { Box, FloatMap } from "../../image/types.ts";
import { MeanMetric } from "./mean-metric.ts";
import { mapAtSize } from "./sample.ts";

/** Share of a map's positive mass that lies in the union of boxes, 0..1; 0 for an empty map. */
export function energyInside({ width, data }: FloatMap, boxes: readonly Box[]): number {
  let [inside, all] = [0, 0];
  for (const [i, value] of data.entries()) {
    if (!(value > 0)) continue;
    all += value;
    const [x, y] = [i % width, Math.floor(i / width)];
    if (boxes.some(({ x0, y0, x1, y1 }) => x >= x0 && x <= x1 && y >= y0 && y <= y1)) inside += value;
  }
  return all > 0 ? inside / all : 0;
}

/** Energy-based pointing game: the mean share of the map's mass inside the true boxes.
 * @see Wang et al. 2020 (Score-CAM), section 4.3 */
export function energyPointing(): MeanMetric {
  return new MeanMetric("map mass inside the boxes", (sample) => energyInside(mapAtSize(sample), sample.boxes));
}
