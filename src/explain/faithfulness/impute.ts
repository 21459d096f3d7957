// Noisy linear imputation: a pixel that was taken away becomes the weighted mean of its neighbours, known or not.
import { ShapeError } from "../../errors.ts";
import { gaussian, type Seed } from "../../random.ts";
import type { Samples } from "./baseline.ts";
import { conjugateGradient, type SparseRows } from "./conjugate-gradient.ts";

/** Offsets of the eight neighbours in the order of their pixels, and their weights: 1/6 beside, 1/12 across. */
const neighbours = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].flatMap((dx) => (dx === 0 && dy === 0 ? [] : [{ dx, dy, weight: dx === 0 || dy === 0 ? 1 / 6 : 1 / 12 }])),
);

export interface ImputeOptions {
  /** Standard deviation of the noise on every imputed sample, in the units of the network's input; 0.01 unless
   * given. */
  readonly noise?: number | undefined;
  /** Of the noise; 0 unless given. */
  readonly seed?: Seed | undefined;
}

/** A picture without the pixels that are not kept: each is the weighted mean of its neighbours inside the picture,
 * direct ones twice as heavy as diagonal ones, which is a linear system of all missing pixels, and a little noise, so
 * that a network does not see the smoothness.
 * @param kept 1 for every pixel that stays, [height * width]
 * @throws ShapeError if no pixel is kept
 * @see    Rong et al. 2022 */
export function imputed(
  picture: Samples,
  kept: Uint8Array,
  { noise = 0.01, seed = 0 }: ImputeOptions = {},
): Float32Array {
  const { values, channels } = picture;
  const missing = Uint32Array.from(kept.keys()).filter((pixel) => !kept[pixel]);
  if (missing.length === kept.length)
    throw new ShapeError("impute: no pixel is kept, so there is nothing to make the others from");
  const result = values.slice();
  if (missing.length === 0) return result;
  const { rows, known } = systemOf(picture, kept, missing);
  const start = startOf(picture, kept, missing);
  const solved = conjugateGradient(rows, { right: known, start, columns: channels });
  const noises = noise === 0 ? undefined : gaussian(seed, solved.length);
  for (const [i, pixel] of missing.entries())
    for (let c = 0; c < channels; c++)
      result[pixel * channels + c] = (solved[i * channels + c] ?? 0) + noise * (noises?.[i * channels + c] ?? 0);
  return result;
}

/** (sum of the weights inside) x_i - sum of missing w x_j = sum of known w v_j, for every missing pixel i. */
function systemOf(
  { width, height, channels, values }: Samples,
  kept: Uint8Array,
  missing: Uint32Array,
): { rows: SparseRows; known: Float64Array } {
  const none = missing.length;
  const place = new Int32Array(kept.length).fill(none);
  for (const [i, pixel] of missing.entries()) place[pixel] = i;
  const diagonal = new Float64Array(missing.length);
  const columns = new Int32Array(missing.length * neighbours.length).fill(none);
  const known = new Float64Array(missing.length * channels);
  for (const [i, pixel] of missing.entries()) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    for (const [k, { dx, dy, weight }] of neighbours.entries()) {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
      const other = pixel + dy * width + dx;
      diagonal[i] = (diagonal[i] ?? 0) + weight;
      columns[i * neighbours.length + k] = place[other] ?? none;
      if (!kept[other]) continue;
      for (let c = 0; c < channels; c++)
        known[i * channels + c] = (known[i * channels + c] ?? 0) + weight * (values[other * channels + c] ?? 0);
    }
  }
  return { rows: { diagonal, columns, weights: neighbours.map(({ weight }) => -weight) }, known };
}

/** A first guess, near enough to save most of the iterations: known values averaged over ever larger squares, and each
 * missing pixel given the mean of the smallest square that has any. */
function startOf(picture: Samples, kept: Uint8Array, missing: Uint32Array): Float64Array {
  const { width, channels } = picture;
  const levels = [levelOf(picture, kept)];
  for (let level = levels[0]; level && level.width * level.height > 1; ) {
    level = halved(level, channels);
    levels.push(level);
  }
  const start = new Float64Array(missing.length * channels);
  for (const [i, pixel] of missing.entries()) {
    let [x, y] = [pixel % width, Math.floor(pixel / width)];
    for (const level of levels) {
      const cell = y * level.width + x;
      const count = level.counts[cell] ?? 0;
      if (count > 0) {
        for (let c = 0; c < channels; c++) start[i * channels + c] = (level.sums[cell * channels + c] ?? 0) / count;
        break;
      }
      [x, y] = [x >> 1, y >> 1];
    }
  }
  return start;
}

/** Sums and numbers of the known values in squares. */
interface Level {
  readonly width: number;
  readonly height: number;
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

function levelOf({ width, height, channels, values }: Samples, kept: Uint8Array): Level {
  const sums = Float64Array.from(values, (value, i) => (kept[Math.floor(i / channels)] ? value : 0));
  return { width, height, sums, counts: Float64Array.from(kept) };
}

function halved(level: Level, channels: number): Level {
  const [width, height] = [(level.width + 1) >> 1, (level.height + 1) >> 1];
  const sums = new Float64Array(width * height * channels);
  const counts = new Float64Array(width * height);
  for (const [i, count] of level.counts.entries()) {
    const cell = (Math.floor(i / level.width) >> 1) * width + ((i % level.width) >> 1);
    counts[cell] = (counts[cell] ?? 0) + count;
    for (let c = 0; c < channels; c++)
      sums[cell * channels + c] = (sums[cell * channels + c] ?? 0) + (level.sums[i * channels + c] ?? 0);
  }
  return { width, height, sums, counts };
}
