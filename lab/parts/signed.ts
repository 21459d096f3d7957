import type { Image } from "../../src/index.ts";

/** Orange for what is above 0, blue for what is below, which all kinds of colour vision tell apart; 0 is the neutral grey. */
const positive = [230, 97, 1];
const negative = [43, 108, 196];
const neutral = [242, 242, 245];

/** Paints signed values, rows from the top: 0 neutral, `most` the full colour.
 * @param most the largest magnitude; that of the values unless given */
export function signedImage(
  values: ArrayLike<number>,
  { width, height, most }: { width: number; height: number; most?: number },
): Image {
  const full = most ?? largest(values);
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const value = values[i] ?? 0;
    const share = full > 0 ? Math.min(1, Math.abs(value) / full) : 0;
    const end = value > 0 ? positive : negative;
    for (let c = 0; c < 3; c++) {
      const [from = 0, to = 0] = [neutral[c], end[c]];
      data[3 * i + c] = Math.round(from + share * (to - from));
    }
  }
  return { width, height, channels: 3, data };
}

/** The largest magnitude. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
}

/** One channel of values [h, w, channels], channels last. */
export function channelOf(
  values: ArrayLike<number>,
  { channels, channel }: { channels: number; channel: number },
): Float32Array {
  const plane = new Float32Array(values.length / channels);
  for (let i = 0; i < plane.length; i++) plane[i] = values[i * channels + channel] ?? 0;
  return plane;
}
