import { ShapeError } from "../../errors.ts";
import type { FloatMap } from "../../image/types.ts";

export interface SsimOptions {
  /** Side of the square window in pixels, odd; 7 unless given. */
  readonly window?: number | undefined;
  /** The span of possible values; that of both maps together unless given. */
  readonly range?: number | undefined;
}

/** Structural similarity of two maps: 1 where they are equal, near 0 where they have nothing in common. The mean over
 * all places where the window lies inside, with uniform weights and sample covariances, as scikit-image computes it.
 * @throws ShapeError if the maps differ in size or are smaller than the window
 * @see    Wang et al. 2004, eq. 13, K1 = 0.01, K2 = 0.03 */
export function ssim(a: FloatMap, b: FloatMap, { window = 7, range = spanOf(a, b) }: SsimOptions = {}): number {
  const { width, height } = a;
  if (b.width !== width || b.height !== height)
    throw new ShapeError(`ssim: the maps are ${width}x${height} and ${b.width}x${b.height}; resize one of them`);
  if (!(Number.isInteger(window) && window % 2 === 1 && window >= 3 && window <= Math.min(width, height)))
    throw new ShapeError(`ssim: window is ${window}; it must be odd, at least 3, and fit in ${width}x${height}`);
  if (range === 0) return 1; // both are constant and equal
  const means = (value: (i: number) => number) => windowMeans(value, { width, height, window });
  const [x, y] = [a.data, b.data];
  const at = (data: Float32Array, i: number) => data[i] ?? 0;
  const [mx, my] = [means((i) => at(x, i)), means((i) => at(y, i))];
  const [mxx, myy, mxy] = [means((i) => at(x, i) ** 2), means((i) => at(y, i) ** 2), means((i) => at(x, i) * at(y, i))];
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const sample = window ** 2 / (window ** 2 - 1);
  let sum = 0;
  for (let i = 0; i < mx.length; i++) {
    const [u, v] = [mx[i] ?? 0, my[i] ?? 0];
    const variances = sample * ((mxx[i] ?? 0) - u * u + (myy[i] ?? 0) - v * v);
    const covariance = sample * ((mxy[i] ?? 0) - u * v);
    sum += ((2 * u * v + c1) * (2 * covariance + c2)) / ((u * u + v * v + c1) * (variances + c2));
  }
  return sum / mx.length;
}

function spanOf(a: FloatMap, b: FloatMap): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { data } of [a, b]) for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high > low ? high - low : 0;
}

/** Means over every window that lies inside, by running sums in float64. */
function windowMeans(
  value: (i: number) => number,
  { width, height, window }: { width: number; height: number; window: number },
): Float64Array {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += value(y * width + x);
      sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] ?? 0) + row;
    }
  }
  const at = (x: number, y: number) => sums[y * (width + 1) + x] ?? 0;
  const [across, down] = [width - window + 1, height - window + 1];
  return Float64Array.from({ length: across * down }, (_, i) => {
    const [x, y] = [i % across, Math.floor(i / across)];
    return (at(x + window, y + window) - at(x, y + window) - at(x + window, y) + at(x, y)) / window ** 2;
  });
}
