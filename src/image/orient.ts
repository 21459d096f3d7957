import { checkImage } from "./check.ts";
import type { Image } from "./types.ts";

/** EXIF orientation: 1 is upright; 2-4 are mirrored or turned by 180 degrees; 5-8 also exchange width and height. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientationTag = 0x0112;
const shortType = 3;

/** Reads the orientation from EXIF data (a TIFF header and its first directory).
 * @returns 1 where the tag is missing, damaged or out of range: a picture is never refused for its metadata */
export function readOrientation(exif: Uint8Array): Orientation {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  if (view.byteLength < 8) return 1;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (view.getUint16(2, little) !== 42 || directory + 2 > view.byteLength) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * 12;
    if (at + 12 > view.byteLength) return 1;
    if (view.getUint16(at, little) !== orientationTag || view.getUint16(at + 2, little) !== shortType) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** For each orientation: whether x and y are exchanged, and which source axes then run backwards. */
const turns: Record<Orientation, { swap: boolean; flipX: boolean; flipY: boolean }> = {
  1: { swap: false, flipX: false, flipY: false },
  2: { swap: false, flipX: true, flipY: false },
  3: { swap: false, flipX: true, flipY: true },
  4: { swap: false, flipX: false, flipY: true },
  5: { swap: true, flipX: false, flipY: false },
  6: { swap: true, flipX: false, flipY: true },
  7: { swap: true, flipX: true, flipY: true },
  8: { swap: true, flipX: true, flipY: false },
};

/** Turns a stored picture upright, as PIL's ImageOps.exif_transpose.
 * @throws ShapeError if the data does not fit the size */
export function applyOrientation(image: Image, orientation: Orientation): Image {
  checkImage("applyOrientation", image);
  if (orientation === 1) return image;
  const { swap, flipX, flipY } = turns[orientation];
  const { channels, data: source } = image;
  const [width, height] = swap ? [image.height, image.width] : [image.width, image.height];
  const data = new Uint8Array(source.length);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = swap ? [y, x] : [x, y];
      const sx = flipX ? image.width - 1 - u : u;
      const sy = flipY ? image.height - 1 - v : v;
      const from = (sy * image.width + sx) * channels;
      for (let c = 0; c < channels; c++, o++) data[o] = source[from + c] ?? 0;
    }
  }
  return { width, height, channels, data };
}
