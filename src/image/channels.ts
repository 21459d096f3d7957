import { checkImage } from "./check.ts";
import type { Image } from "./types.ts";

/** The same picture with 3 channels: gray is replicated, alpha is dropped (not composited), as PIL's convert("RGB").
 * @throws ShapeError if the data does not fit the size */
export function toRgb(image: Image): Image {
  checkImage("toRgb", image);
  if (image.channels === 3) return image;
  const { width, height, channels, data: source } = image;
  const data = new Uint8Array(width * height * 3);
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  for (let i = 0, o = 0; i < source.length; i += channels, o += 3) {
    data[o] = source[i] ?? 0;
    data[o + 1] = source[i + green] ?? 0;
    data[o + 2] = source[i + blue] ?? 0;
  }
  return { width, height, channels: 3, data };
}

/** The same picture with 1 channel: ITU-R 601 luma in PIL's 16-bit fixed point, bit for bit convert("L").
 * @throws ShapeError if the data does not fit the size */
export function toGray(image: Image): Image {
  checkImage("toGray", image);
  if (image.channels === 1) return image;
  const { width, height, channels, data: source } = image;
  const data = new Uint8Array(width * height);
  for (let i = 0, o = 0; o < data.length; i += channels, o++) {
    const sum = (source[i] ?? 0) * 19595 + (source[i + 1] ?? 0) * 38470 + (source[i + 2] ?? 0) * 7471;
    data[o] = (sum + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data };
}
