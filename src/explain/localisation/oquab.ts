import type { Box } from "../../image/types.ts";
import { MeanMetric } from "./mean-metric.ts";
import { mapAtSize, type Point, peakOf } from "./sample.ts";

/** Whether a point lies in a box that is enlarged by some pixels on every side. */
export function inEnlargedBox({ x, y }: Point, { x0, y0, x1, y1 }: Box, margin: number): boolean {
  return x >= x0 - margin && x <= x1 + margin && y >= y0 - margin && y <= y1 + margin;
}

/** Share of the samples whose map is largest inside a true box enlarged by 18 pixels; an empty map is a miss.
 * @param options.margin in pixels of the picture
 * @see   Oquab et al. 2015, section 5 */
export function oquabRule({ margin = 18 }: { readonly margin?: number } = {}): MeanMetric {
  return new MeanMetric(`peak in the box enlarged by ${margin} pixels`, (sample) => {
    const peak = peakOf(mapAtSize(sample));
    return peak && sample.boxes.some((box) => inEnlargedBox(peak, box, margin)) ? 1 : 0;
  });
}
