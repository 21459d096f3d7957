// What the metrics are asked about: maps of any kind, as one value for each pixel of the network's input.
import { NonFiniteError } from "../../errors.ts";
import { resizeMap } from "../../image/resize-map.ts";
import type { FloatMap, Size } from "../../image/types.ts";
import { HeatMap } from "../heat-map.ts";
import { PixelMap } from "../pixel-map.ts";

/** A map whose faithfulness is measured: what a method gave, or one value for each pixel from anywhere else. */
export type Attribution = HeatMap | PixelMap | FloatMap;

/** One value for each pixel of the input: a heat map's raw values and any other map's values resized by half-pixel
 * bilinear interpolation, of a pixel map the largest magnitude over the channels.
 * @throws NonFiniteError if a value is NaN or infinite */
export function perPixel(map: Attribution, { width, height }: Size): FloatMap {
  const values = map instanceof HeatMap ? map.raw : map instanceof PixelMap ? map.magnitude() : map;
  const wrong = values.data.find((value) => !Number.isFinite(value));
  if (wrong !== undefined)
    throw new NonFiniteError(`the map holds ${wrong}: its pixels have no order. Check what it was made of.`);
  if (values.width === width && values.height === height) return values;
  return resizeMap(values, { width, height, method: "half-pixel" });
}

/** Indices of the pixels, the most relevant first; of equal ones the first. Negative values are evidence against the
 * target and come last. */
export function ranking(map: FloatMap): Uint32Array {
  const { data } = map;
  return Uint32Array.from(data, (_, i) => i).sort((a, b) => (data[b] ?? 0) - (data[a] ?? 0) || a - b);
}

/** One value for each sample of the input, [height, width, channels]: a pixel map's own values; other maps' repeated
 * for every channel. */
export function perSample(map: Attribution, { channels, ...size }: Size & { readonly channels: number }): Float32Array {
  const { width, height } = size;
  if (map instanceof PixelMap && map.width === width && map.height === height && map.channels === channels)
    return map.values;
  const { data } = perPixel(map, size);
  return Float32Array.from({ length: data.length * channels }, (_, i) => data[Math.floor(i / channels)] ?? 0);
}
