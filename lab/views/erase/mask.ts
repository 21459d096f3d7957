import { type FloatMap, type Image, resizeImage } from "../../../src/index.ts";

/** What is erased: 1 for each cell of a square grid over the picture. Coarse enough to stand in an address. */
export type Mask = Uint8Array<ArrayBuffer>;

/** Cells along each side: as many as the digit networks have pixels, and 8 pixels each of a photo network's 224. */
export const side = 28;

export const fills = ["mean", "blur"] as const;
export type Fill = (typeof fills)[number];

/** Averages of the picture that its blurred version keeps along each side. */
const blurCells = 8;

export function noMask(): Mask {
  return new Uint8Array(side * side);
}

/** From an address: eight cells a byte, in base64url; an empty mask for anything else. */
export function parseMask(text: string | undefined): Mask {
  const mask = noMask();
  if (text === undefined || !/^[\w-]+$/.test(text)) return mask;
  const padded = text.padEnd(4 * Math.ceil(text.length / 4), "=");
  const packed = padded.length % 4 === 0 ? atob(padded.replaceAll("-", "+").replaceAll("_", "/")) : "";
  return mask.map((_, i) => (packed.charCodeAt(i >> 3) >> (i & 7)) & 1);
}

/** For an address; undefined where nothing is erased. */
export function formatMask(mask: Mask): string | undefined {
  if (!mask.includes(1)) return undefined;
  const packed = new Uint8Array(mask.length / 8);
  for (const [i, cell] of mask.entries()) packed[i >> 3] = (packed[i >> 3] ?? 0) | (cell << (i & 7));
  return btoa(String.fromCharCode(...packed))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** With the cells of a disc as well.
 * @param at     0..1 along both sides of the picture
 * @param radius in cells */
export function withDab(mask: Mask, at: { readonly x: number; readonly y: number }, radius: number): Mask {
  const [x, y] = [at.x * side - 0.5, at.y * side - 0.5];
  return mask.map((cell, i) => (Math.hypot((i % side) - x, Math.floor(i / side) - y) <= radius ? 1 : cell));
}

/** With the cells of a box as well, in per cent of the picture. */
export function withBox(
  mask: Mask,
  box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): Mask {
  const within = (cell: number, from: number, extent: number) => {
    const middle = (100 * (cell + 0.5)) / side;
    return middle >= from && middle < from + extent;
  };
  return mask.map((cell, i) =>
    within(i % side, box.left, box.width) && within(Math.floor(i / side), box.top, box.height) ? 1 : cell,
  );
}

/** With the cells where a map of the grid's size is greatest as well, or least. */
export function withExtreme(
  mask: Mask,
  map: FloatMap,
  { end, share }: { readonly end: "hottest" | "coldest"; readonly share: number },
): Mask {
  const sign = end === "hottest" ? -1 : 1;
  const value = (i: number) => map.data[i] ?? 0;
  const order = Array.from(mask.keys()).sort((a, b) => sign * (value(a) - value(b)) || a - b);
  const next = mask.slice();
  for (const i of order.slice(0, Math.round(share * mask.length))) next[i] = 1;
  return next;
}

/** What stands where the picture is erased: its mean colour, or its blurred self; of the picture's size. */
export function standIn(image: Image, fill: Fill): Image {
  const { width, height } = image;
  return resizeImage(averaged(image, fill === "mean" ? 1 : blurCells), { width, height, method: "bilinear" });
}

/** The picture's averages over a grid of so many cells along each side. */
function averaged({ width, height, channels, data }: Image, cells: number): Image {
  const sums = new Float64Array(cells * cells * channels);
  const counts = new Float64Array(cells * cells);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const cell = Math.floor((y * cells) / height) * cells + Math.floor((x * cells) / width);
    counts[cell] = (counts[cell] ?? 0) + 1;
    for (let c = 0; c < channels; c++) {
      const at = cell * channels + c;
      sums[at] = (sums[at] ?? 0) + (data[i * channels + c] ?? 0);
    }
  }
  const means = Uint8Array.from(sums, (sum, at) => Math.round(sum / (counts[Math.floor(at / channels)] || 1)));
  return { width: cells, height: cells, channels, data: means };
}

/** The picture with another in its place wherever it is erased.
 * @param isErased asked for each pixel, by its index */
export function replaced(image: Image, stand: Image, isErased: (pixel: number) => boolean): Image {
  const { channels } = image;
  const data = image.data.map((sample, at) => (isErased(Math.floor(at / channels)) ? (stand.data[at] ?? 0) : sample));
  return { ...image, data };
}

/** The picture with a mask's cells erased. */
export function erased(image: Image, stand: Image, mask: Mask): Image {
  const { width, height } = image;
  return replaced(image, stand, (pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return mask[Math.floor((y * side) / height) * side + Math.floor((x * side) / width)] === 1;
  });
}

/** The share of the cells that are erased. */
export function shareOf(mask: Mask): number {
  return mask.reduce((sum, cell) => sum + cell, 0) / mask.length;
}
