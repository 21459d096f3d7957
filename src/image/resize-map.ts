import { checkMap, checkSize, unknownName } from "./check.ts";
import type { FloatMap, Size } from "./types.ts";

/** How a map's positions are laid over each other, and how values between them are found; see `resizeMap`. */
export type MapResizeMethod = "half-pixel" | "align-corners" | "nearest" | "bicubic";

/** The new size in pixels, and how its values are found. */
export interface MapResizeOptions extends Size {
  readonly method: MapResizeMethod;
}

/** The source positions (repeated at the border) and weights that make one new value. */
interface Tap {
  readonly at: readonly number[];
  readonly weights: readonly number[];
}

const makers: Record<MapResizeMethod, (i: number, from: number, to: number) => Tap> = {
  "half-pixel": (i, from, to) => linearTap(((i + 0.5) * from) / to - 0.5, from),
  "align-corners": (i, from, to) => linearTap(to === 1 ? 0 : (i * (from - 1)) / (to - 1), from),
  nearest: (i, from, to) => ({ at: [Math.min(from - 1, Math.floor(((i + 0.5) * from) / to))], weights: [1] }),
  bicubic: (i, from, to) => cubicTap(((i + 0.5) * from) / to - 0.5, from),
};

/** Resizes a heat map. "half-pixel" is bilinear between pixel centres (OpenCV INTER_LINEAR), "bicubic" the same with
 * Keys' cubic, a = -0.75 (OpenCV INTER_CUBIC; it overshoots the range of the map), "align-corners" is bilinear with
 * the outermost pixel centres laid over each other, "nearest" takes the value under each new pixel's centre.
 * No method widens its filter when shrinking.
 * @throws ShapeError if a size is not a whole number of at least 1, or the data does not fit the map's size;
 *         UnknownNameError for an unknown method */
export function resizeMap(map: FloatMap, options: MapResizeOptions): FloatMap {
  checkMap("resizeMap", map);
  checkSize("resizeMap", options);
  const { width, height, method } = options;
  if (!Object.hasOwn(makers, method)) throw unknownName("resizeMap: no method", method, Object.keys(makers));
  const tapsOf = (from: number, to: number) => Array.from({ length: to }, (_, i) => makers[method](i, from, to));
  const [columns, rows] = [tapsOf(map.width, width), tapsOf(map.height, height)];
  const wide = new Float32Array(width * map.height);
  for (let y = 0; y < map.height; y++) {
    for (const [x, tap] of columns.entries())
      wide[y * width + x] = weigh(map.data, tap, { start: y * map.width, step: 1 });
  }
  const data = new Float32Array(width * height);
  for (const [y, tap] of rows.entries()) {
    for (let x = 0; x < width; x++) data[y * width + x] = weigh(wide, tap, { start: x, step: width });
  }
  return { width, height, data };
}

function weigh(values: Float32Array, { at, weights }: Tap, { start, step }: { start: number; step: number }): number {
  let sum = 0;
  for (let k = 0; k < at.length; k++) sum += (weights[k] ?? 0) * (values[start + (at[k] ?? 0) * step] ?? 0);
  return sum;
}

function clampIndex(i: number, length: number): number {
  return Math.min(length - 1, Math.max(0, i));
}

function linearTap(position: number, length: number): Tap {
  const left = Math.floor(position);
  const t = position - left;
  return { at: [clampIndex(left, length), clampIndex(left + 1, length)], weights: [1 - t, t] };
}

function cubicTap(position: number, length: number): Tap {
  const left = Math.floor(position);
  const t = position - left;
  const near = (x: number) => ((-0.75 + 2) * x - (-0.75 + 3)) * x * x + 1;
  const far = (x: number) => -0.75 * (((x - 5) * x + 8) * x - 4);
  return {
    at: [-1, 0, 1, 2].map((k) => clampIndex(left + k, length)),
    weights: [far(1 + t), near(t), near(1 - t), far(2 - t)],
  };
}
