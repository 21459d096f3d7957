import { ShapeError } from "../../errors.ts";
import { checkMap, checkSize } from "../../image/check.ts";
import { resizeMap } from "../../image/resize-map.ts";
import type { Box, FloatMap, Size } from "../../image/types.ts";

/** A map of one class in one picture, and where the objects of the class are. */
export interface LocalisationSample {
  /** At any resolution: `HeatMap.heatmap()` at the picture's size, or `HeatMap.raw`. */
  readonly map: FloatMap;
  /** The true boxes, in pixels of the picture; at least one. */
  readonly boxes: readonly Box[];
  /** The picture's extents; the map's unless given. */
  readonly size?: Size | undefined;
}

/** @throws ShapeError for a sample without boxes, with a box that is none, or with a map that does not fit its size */
export function checkSample(what: string, { map, boxes, size }: LocalisationSample): Size {
  checkMap(what, map);
  if (size) checkSize(what, size);
  if (boxes.length === 0) throw new ShapeError(`${what}: the picture has no true box. Leave it out of the evaluation.`);
  for (const { x0, y0, x1, y1 } of boxes)
    if (!(x1 >= x0 && y1 >= y0 && Number.isFinite(x1 - x0 + y1 - y0)))
      throw new ShapeError(`${what}: the box (${x0}, ${y0}) to (${x1}, ${y1}) ends before it begins.`);
  return size ?? { width: map.width, height: map.height };
}

/** The map without its negative values, at the picture's size. */
export function mapAtSize({ map, size }: LocalisationSample): FloatMap {
  const positive = { ...map, data: map.data.map((value) => Math.max(0, value)) };
  if (!size || (size.width === map.width && size.height === map.height)) return positive;
  return resizeMap(positive, { width: size.width, height: size.height, method: "half-pixel" });
}

/** A place in a picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a map is largest, of equal places the first in reading order; undefined where nothing is above 0. */
export function peakOf(map: FloatMap): Point | undefined {
  let [at, most] = [-1, 0];
  for (const [i, value] of map.data.entries()) if (value > most) [at, most] = [i, value];
  return at < 0 ? undefined : { x: at % map.width, y: Math.floor(at / map.width) };
}
