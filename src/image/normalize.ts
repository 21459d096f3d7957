import { NonFiniteError, ShapeError } from "../errors.ts";
import { checkMap } from "./check.ts";
import type { FloatMap, Image, Size } from "./types.ts";

/** A map scaled for display, and what it was before. */
export interface NormalizedMap {
  /** Values 0..1, or all zeros where `empty`. */
  readonly map: FloatMap;
  /** The extremes of the map as it was given. */
  readonly min: number;
  readonly max: number;
  /** True where there was nothing to scale: no value above 0 ("max"), or all values equal ("range"). */
  readonly empty: boolean;
}

/** What becomes 0 and 1. */
export interface NormalizeOptions {
  /** "max" (default) divides by the maximum and shows what is below 0 as 0, as Keras' Grad-CAM example;
   * "range" moves the minimum to 0 and the maximum to 1. */
  readonly by?: "max" | "range";
}

/** Scales a heat map to 0..1 and reports an empty one instead of dividing by zero.
 * @throws NonFiniteError if a value is NaN or infinite */
export function normalizeMap(map: FloatMap, { by = "max" }: NormalizeOptions = {}): NormalizedMap {
  checkMap("normalizeMap", map);
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of map.data) {
    if (!Number.isFinite(value)) {
      throw new NonFiniteError(`normalizeMap: the map holds ${value}. Check the activations and gradients behind it.`);
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const low = by === "max" ? 0 : min;
  const span = max - low;
  const empty = !(span > 0);
  const scaled = empty ? new Float32Array(map.data.length) : map.data.map((v) => Math.max(0, (v - low) / span));
  return { map: { width: map.width, height: map.height, data: scaled }, min, max, empty };
}

/** Size and channel order of an attribution. */
export interface DeprocessOptions extends Size {
  /** The channel order of the attribution; "bgr" (a `caffe` network's gradient) is turned round for display.
   * "rgb" unless given. */
  readonly order?: "rgb" | "bgr";
}

/** Makes an attribution visible: `clip((x - mean) / (std + 1e-5) * 0.1 + 0.5, 0, 1) * 255`, truncated to bytes;
 * mean and population standard deviation are taken over all channels together.
 * @param attribution [height, width, 3], any range
 * @throws ShapeError if the length does not fit the size; NonFiniteError if a value is NaN or infinite */
export function deprocess(attribution: Float32Array, { width, height, order = "rgb" }: DeprocessOptions): Image {
  const wanted = width * height * 3;
  if (attribution.length !== wanted) {
    const found = `${width}x${height}x3 = ${wanted} values`;
    throw new ShapeError(`deprocess: wants ${found} but got ${attribution.length}.`);
  }
  let sum = 0;
  for (const value of attribution) sum += value;
  const mean = sum / wanted;
  if (!Number.isFinite(mean)) {
    throw new NonFiniteError(`deprocess: the attribution's mean is ${mean}: it holds NaN or infinite values.`);
  }
  let squares = 0;
  for (const value of attribution) squares += (value - mean) ** 2;
  const std = Math.sqrt(squares / wanted);
  const data = new Uint8Array(wanted);
  for (const [i, value] of attribution.entries()) {
    const shown = Math.min(1, Math.max(0, ((value - mean) / (std + 1e-5)) * 0.1 + 0.5));
    const channel = i % 3;
    data[order === "bgr" ? i - channel + 2 - channel : i] = Math.trunc(shown * 255);
  }
  return { width, height, channels: 3, data };
}
