import type { Image, Size } from "../../src/index.ts";
import { draw } from "./picture.tsx";

/** Longest side of a picture of the reader's own: maps are drawn at its size, again at every move of a slider. */
const mostPixels = 1024;

/** What a canvas, a video or a bitmap shows, as RGB of a size. */
export function imageOf(source: CanvasImageSource, { width, height }: Size): Image {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser gives no canvas to draw on.");
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i);
  return { width, height, channels: 3, data };
}

/** A size of the same shape whose longer side is at most `most`. */
export function within({ width, height }: Size, most = mostPixels): Size {
  const share = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) };
}

/** A picture that is larger than needed is made smaller. */
export function shrunk(image: Image): Image {
  const size = within(image);
  if (size.width === image.width && size.height === image.height) return image;
  const canvas = document.createElement("canvas");
  draw(canvas, image);
  return imageOf(canvas, size);
}
