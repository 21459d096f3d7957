import { toGray } from "./channels.ts";
import type { Image } from "./types.ts";

/** What a drawing's strokes stand on. */
export type Background = "dark" | "light";

/** The background of a drawing: whether the mean of its outermost pixels is below middle grey. Alpha is not looked at.
 * @throws ShapeError if the data does not fit the size */
export function backgroundOf(image: Image): Background {
  const { width, height, data } = toGray(image);
  let sum = 0;
  let count = 0;
  for (const [i, sample] of data.entries()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
    sum += sample;
    count++;
  }
  return sum / count < 127.5 ? "dark" : "light";
}

/** The negative of a picture; alpha stays. */
export function inverted(image: Image): Image {
  const { channels, data } = image;
  return { ...image, data: data.map((sample, i) => (channels === 4 && i % 4 === 3 ? sample : 255 - sample)) };
}
