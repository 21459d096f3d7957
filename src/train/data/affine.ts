/** What lies outside a picture: the nearest pixel of its edge, its mirror image (with the edge twice), or one value. */
export type Fill = "nearest" | "reflect" | { readonly value: number };

/** Where in a picture the pixels of the result are taken from; without any of these, from their own places. A place, as
 * seen from the picture's centre, is first zoomed, then sheared, then shifted, then rotated. */
export interface AffineOptions {
  /** Degrees; the contents turn the other way, counter-clockwise. */
  readonly rotation?: number;
  /** Pixels; the contents move to the left. */
  readonly shiftX?: number;
  /** Pixels; the contents move up. */
  readonly shiftY?: number;
  /** Degrees. */
  readonly shear?: number;
  /** Above 1 the contents become narrower. */
  readonly zoomX?: number;
  /** Above 1 the contents become lower. */
  readonly zoomY?: number;
  /** "nearest" unless given. */
  readonly fill?: Fill;
}

/** A picture seen through an affine map about its centre, bilinearly.
 * @param x [height, width, channels]
 * @returns the same shape
 * @see     Keras' `apply_affine_transform` (tx is `shiftX`, ty `shiftY`), which confuses height and width where they
 *          differ; SciPy's `ndimage.affine_transform` of order 1 */
export function affineTransform(
  x: Float32Array,
  [height = 1, width = 1, channels = 1]: readonly number[],
  options: AffineOptions,
): Float32Array {
  const { fill = "nearest" } = options;
  const map = mapOf(options, width, height);
  const inside = fill === "reflect" ? mirrored : clamped;
  const out = typeof fill === "object" ? new Float32Array(x.length).fill(fill.value) : new Float32Array(x.length);
  for (let row = 0, o = 0; row < height; row++) {
    for (let column = 0; column < width; column++, o += channels) {
      const u = map.xx * column + map.xy * row + map.x;
      const v = map.yx * column + map.yy * row + map.y;
      if (typeof fill === "object" && !(u >= 0 && v >= 0 && u <= width - 1 && v <= height - 1)) continue;
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [right, down] = [u - left, v - top];
      const [x0, x1] = [channels * inside(left, width), channels * inside(left + 1, width)];
      const [y0, y1] = [channels * width * inside(top, height), channels * width * inside(top + 1, height)];
      for (let c = 0; c < channels; c++) {
        const above = (x[y0 + x0 + c] ?? 0) * (1 - right) + (x[y0 + x1 + c] ?? 0) * right;
        const below = (x[y1 + x0 + c] ?? 0) * (1 - right) + (x[y1 + x1 + c] ?? 0) * right;
        out[o + c] = above * (1 - down) + below * down;
      }
    }
  }
  return out;
}

/** The picture with its columns in reverse.
 * @param x [height, width, channels] */
export function flippedHorizontally(
  x: Float32Array,
  [height = 1, width = 1, channels = 1]: readonly number[],
): Float32Array {
  const out = new Float32Array(x.length);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const from = (row * width + width - 1 - column) * channels;
      out.set(x.subarray(from, from + channels), (row * width + column) * channels);
    }
  return out;
}

/** rotation * shift * shear * zoom, about the centre. */
function mapOf(options: AffineOptions, width: number, height: number) {
  const { rotation = 0, shiftX = 0, shiftY = 0, shear = 0, zoomX = 1, zoomY = 1 } = options;
  const radians = Math.PI / 180;
  const [cos, sin] = [Math.cos(rotation * radians), Math.sin(rotation * radians)];
  const [lean, upright] = [-Math.sin(shear * radians), Math.cos(shear * radians)];
  const [xx, yx] = [cos * zoomX, sin * zoomX];
  const [xy, yy] = [(cos * lean - sin * upright) * zoomY, (sin * lean + cos * upright) * zoomY];
  const [centreX, centreY] = [(width - 1) / 2, (height - 1) / 2];
  const x = cos * shiftX - sin * shiftY + centreX - xx * centreX - xy * centreY;
  const y = sin * shiftX + cos * shiftY + centreY - yx * centreX - yy * centreY;
  return { xx, xy, yx, yy, x, y };
}

function clamped(i: number, length: number): number {
  return Math.min(length - 1, Math.max(0, i));
}

function mirrored(i: number, length: number): number {
  const period = 2 * length;
  const k = ((i % period) + period) % period;
  return k < length ? k : period - 1 - k;
}
