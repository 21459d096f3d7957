import type { Box } from "../../image/types.ts";
import { MeanMetric } from "./mean-metric.ts";
import { mapAtSize, type Point, peakOf } from "./sample.ts";

/** Distance from a point to the nearest pixel of a box; 0 inside. */
export function distanceToBox({ x, y }: Point, { x0, y0, x1, y1 }: Box): number {
  const dx = Math.max(x0 - x, 0, x - x1);
  const dy = Math.max(y0 - y, 0, y - y1);
  return Math.hypot(dx, dy);
}

/** The pointing game: share of the samples whose map is largest in a true box or less than 15 pixels from one; an empty
 * map is a miss. Distances are Euclidean, unlike those of `oquabRule`, so corners are rounded.
 * @param options.tolerance in pixels of the picture; 0 asks for the box itself
 * @see   Zhang et al. 2016 ("Top-down neural attention by excitation backprop"), section 4.1 */
export function pointingGame({ tolerance = 15 }: { readonly tolerance?: number } = {}): MeanMetric {
  return new MeanMetric(`pointing game, ${tolerance} pixels`, (sample) => {
    const peak = peakOf(mapAtSize(sample));
    if (!peak) return 0;
    const distance = Math.min(...sample.boxes.map((box) => distanceToBox(peak, box)));
    return distance === 0 || distance < tolerance ? 1 : 0;
  });
}
