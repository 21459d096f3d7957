import { boxOf } from "./boxes.ts";
import { bestIou } from "./iou.ts";
import { MeanMetric } from "./mean-metric.ts";
import { mapAtSize } from "./sample.ts";

/** Where the map's box is cut, and from which overlap on it is right. */
export interface BoxAccuracyOptions {
  /** Share of the map's maximum; 0.2 unless given. */
  readonly threshold?: number;
  /** Least IoU with a true box; 0.5 unless given. */
  readonly iou?: number;
}

/** Share of the samples whose box, the largest region at or above a share of the map's maximum, overlaps a true box
 * enough; an empty map is a miss.
 * @see Zhou et al. 2016, section 3.2; Selvaraju et al. 2017, section 4.1 */
export function boxAccuracy({ threshold = 0.2, iou = 0.5 }: BoxAccuracyOptions = {}): MeanMetric {
  return new MeanMetric(`box at ${threshold} of the maximum, IoU >= ${iou}`, (sample) =>
    bestIou(boxOf(mapAtSize(sample), threshold), sample.boxes) >= iou ? 1 : 0,
  );
}

/** Mean IoU of the map's box with the true box that it fits best; an empty map counts 0. */
export function meanIou({ threshold = 0.2 }: Pick<BoxAccuracyOptions, "threshold"> = {}): MeanMetric {
  return new MeanMetric(`IoU of the box at ${threshold} of the maximum`, (sample) =>
    bestIou(boxOf(mapAtSize(sample), threshold), sample.boxes),
  );
}
