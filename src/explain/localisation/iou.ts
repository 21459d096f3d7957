import type { Box } from "../../image/types.ts";

/** Intersection over union of two boxes, 0..1, counted in pixels: both corners belong to a box, so that one of a single
 * pixel has the area 1. */
export function iou(a: Box, b: Box): number {
  const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0) + 1);
  const height = Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0) + 1);
  const common = width * height;
  const union = area(a) + area(b) - common;
  return union > 0 ? common / union : 0;
}

/** The largest IoU of a box with one of several; 0 where there is none. */
export function bestIou(box: Box | undefined, others: readonly Box[]): number {
  return box ? others.reduce((best, other) => Math.max(best, iou(box, other)), 0) : 0;
}

function area({ x0, y0, x1, y1 }: Box): number {
  return (x1 - x0 + 1) * (y1 - y0 + 1);
}
