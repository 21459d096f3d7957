import { ShapeError } from "../errors.ts";
import { toRgb } from "./channels.ts";
import { checkImage, checkSize } from "./check.ts";
import { type ColormapName, colorize } from "./colormap.ts";
import { resizeMap } from "./resize-map.ts";
import type { Box, FloatMap, Image, Rgb, Size } from "./types.ts";

/** How a heat map is laid over its picture. */
export interface OverlayOptions {
  /** The share of the colours, 0..1; 0.4 if not given. */
  readonly alpha?: number;
  /** "jet" if not given. */
  readonly colormap?: ColormapName;
  /** "keras" (default) adds alpha * colour to the picture and stretches the sum to 0..255, as Keras' Grad-CAM example;
   * "blend" is alpha * colour + (1 - alpha) * picture, which leaves the picture's contrast as it was. */
  readonly style?: "keras" | "blend";
}

/** Lays a heat map over its picture. A map of another size is first resized with "half-pixel"; Keras' example resizes
 * after painting, which mixes colours that are not in the colour map.
 * @param heat values 0..1, from `normalizeMap`
 * @throws ShapeError if alpha is outside 0..1; NonFiniteError if the map holds NaN */
export function overlay(image: Image, heat: FloatMap, options: OverlayOptions = {}): Image {
  const { alpha = 0.4, colormap = "jet", style = "keras" } = options;
  if (!(alpha >= 0 && alpha <= 1)) throw new ShapeError(`overlay: alpha is ${alpha}, but it must lie in 0..1.`);
  const { width, height, data: base } = toRgb(image);
  const sameSize = heat.width === width && heat.height === height;
  const colours = colorize(sameSize ? heat : resizeMap(heat, { width, height, method: "half-pixel" }), colormap).data;
  if (style === "blend") {
    const data = base.map((sample, i) => Math.round(alpha * (colours[i] ?? 0) + (1 - alpha) * sample));
    return { width, height, channels: 3, data };
  }
  const sums = new Float32Array(base.length).map((_, i) => alpha * (colours[i] ?? 0) + (base[i] ?? 0));
  return { width, height, channels: 3, data: stretch(sums) };
}

/** Keras' array_to_img: subtract the minimum, divide by what is then the maximum, times 255, truncated. */
function stretch(values: Float32Array): Uint8Array {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const { fround } = Math;
  const span = fround(max - min) || 1;
  return new Uint8Array(values.length).map((_, i) => fround(fround(fround((values[i] ?? 0) - min) / span) * 255));
}

/** How a box is drawn. */
export interface DrawBoxOptions {
  /** The frame's thickness in pixels, inwards from the box; 2 if not given. */
  readonly thickness?: number;
}

/** Draws a box's frame on a copy of the picture; parts outside the picture are cut off. */
export function drawBox(image: Image, box: Box, color: Rgb, { thickness = 2 }: DrawBoxOptions = {}): Image {
  const source = toRgb(image);
  const data = source.data.slice();
  const { width, height } = source;
  for (let y = Math.max(0, box.y0); y <= Math.min(height - 1, box.y1); y++) {
    const edgeRow = y - box.y0 < thickness || box.y1 - y < thickness;
    for (let x = Math.max(0, box.x0); x <= Math.min(width - 1, box.x1); x++) {
      if (edgeRow || x - box.x0 < thickness || box.x1 - x < thickness) data.set(color, (y * width + x) * 3);
    }
  }
  return { width, height, channels: 3, data };
}

/** A picture of one colour, 3 channels.
 * @throws ShapeError if a side is not a whole number of at least 1 */
export function solid({ width, height }: Size, color: Rgb): Image {
  checkSize("solid", { width, height });
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set(color, i);
  return { width, height, channels: 3, data };
}

/** Copies `image` onto `canvas` in place with its top left corner at (x, y).
 * @throws ShapeError if it does not lie inside, or if the canvas does not have 3 channels */
export function paste(canvas: Image, image: Image, { x, y }: { readonly x: number; readonly y: number }): void {
  const { data, width, height } = toRgb(image);
  if (canvas.channels !== 3 || x < 0 || y < 0 || x + width > canvas.width || y + height > canvas.height) {
    const [part, whole] = [`${width}x${height} at (${x}, ${y})`, `${canvas.width}x${canvas.height}x${canvas.channels}`];
    throw new ShapeError(`paste: ${part} does not lie inside the canvas of ${whole} (it must have 3 channels).`);
  }
  for (let row = 0; row < height; row++) {
    canvas.data.set(data.subarray(row * width * 3, (row + 1) * width * 3), ((y + row) * canvas.width + x) * 3);
  }
}

/** How pictures are put in a row. */
export interface SideBySideOptions {
  /** Pixels between two pictures; 8 if not given. */
  readonly gap?: number;
  /** Between and below the pictures; white if not given. */
  readonly background?: Rgb;
}

/** Puts pictures in one row, aligned at the top.
 * @throws ShapeError if there are none */
export function sideBySide(images: readonly Image[], options: SideBySideOptions = {}): Image {
  const { gap = 8, background = [255, 255, 255] } = options;
  if (images.length === 0) throw new ShapeError("sideBySide: got no images; it needs at least one.");
  for (const image of images) checkImage("sideBySide", image);
  const width = images.reduce((sum, image) => sum + image.width, gap * (images.length - 1));
  const canvas = solid({ width, height: Math.max(...images.map((image) => image.height)) }, background);
  let x = 0;
  for (const image of images) {
    paste(canvas, image, { x, y: 0 });
    x += image.width + gap;
  }
  return canvas;
}
