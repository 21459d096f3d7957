import { type ColormapName, colorize } from "../image/colormap.ts";
import { normalizeMap } from "../image/normalize.ts";
import { type OverlayOptions, overlay } from "../image/render.ts";
import { type MapResizeMethod, resizeMap } from "../image/resize-map.ts";
import type { Box, FloatMap, Image, Size } from "../image/types.ts";
import { type BoxesOptions, boxesOf, boxOf, type Region } from "./localisation/boxes.ts";
import { Rendered } from "./rendered.ts";

/** The steps from raw values to 0..1, whose order changes the result. */
export interface PostProcessing {
  /** Negative values are cut off "before" the resize (default) or "after" it, and the maximum becomes 1; with "none" the
   * whole range is kept, the minimum becoming 0 and the maximum 1. */
  readonly relu?: "before" | "after" | "none";
  /** How the map is brought to the size asked for; "half-pixel", which is bilinear between pixel centres, unless given. */
  readonly resize?: MapResizeMethod;
}

/** How a map is drawn by itself. */
export interface RenderOptions extends Partial<Size>, PostProcessing {
  readonly colormap?: ColormapName;
}

/** A class activation map as it came from the GPU, and the steps from there to a picture: ReLU, resize, normalise. */
export class HeatMap extends Rendered<RenderOptions> {
  /** At the layer's resolution, [h, w], before ReLU; any range. Of CAM and Grad-CAM: sum_k alpha_k A_k. */
  readonly raw: FloatMap;
  /** Weight of each channel, [k]; empty for methods that do not weigh channels. */
  readonly alpha: Float32Array;
  /** Extents of the network's input, in pixels: the size of pictures and boxes unless another is given. */
  readonly input: Size;

  /** "empty" is a map without positive value: the layer holds no evidence for the target.
   * @throws NonFiniteError if a value is NaN or infinite */
  constructor(
    raw: FloatMap,
    {
      alpha,
      input,
      ...facts
    }: Pick<HeatMap, "input" | "provenance"> & { alpha?: Float32Array; notes?: readonly string[] },
  ) {
    super({ ...facts, ...normalizeMap(raw) });
    this.raw = raw;
    this.alpha = alpha ?? new Float32Array(0);
    this.input = input;
  }

  /** The map at the size of a picture, the network's input unless another is given.
   * @returns values 0..1; all zeros where the map is empty, or, with `relu: "none"`, where all values are equal
   * @throws  ShapeError if a side is not a whole number of at least 1; UnknownNameError for an unknown `resize` */
  heatmap(options: Partial<Size> & PostProcessing = {}): FloatMap {
    const { width = this.input.width, height = this.input.height, relu = "before", resize = "half-pixel" } = options;
    const start = relu === "before" ? rectified(this.raw) : this.raw;
    const resized = resizeMap(start, { width, height, method: resize });
    if (relu === "none") return normalizeMap(resized, { by: "range" }).map;
    return normalizeMap(relu === "after" ? rectified(resized) : resized).map;
  }

  /** The map alone, in the colours of a colour map: "jet" unless given. */
  override render({ colormap = "jet", ...options }: RenderOptions = {}): Image {
    return colorize(this.heatmap(options), colormap);
  }

  /** The map over its picture, at the picture's size.
   * @throws ShapeError if `alpha` is outside 0..1 */
  override overlay(image: Image, options: OverlayOptions & PostProcessing = {}): Image {
    return overlay(image, this.heatmap({ ...options, width: image.width, height: image.height }), options);
  }

  /** Bounds of the largest region at or above a share of the maximum, in pixels of a picture of this size; undefined
   * where the map is empty. The share is 0.2 unless given, as in the CAM paper; the Grad-CAM paper takes 0.15.
   * @throws ShapeError for a threshold that is not at least 0 and below 1
   * @see    Zhou et al. 2016, section 3.2 */
  box({
    threshold,
    ...options
  }: Partial<Size> & PostProcessing & { readonly threshold?: number } = {}): Box | undefined {
    return boxOf(this.heatmap(options), threshold);
  }

  /** Bounds of every region at or above a share of the maximum, the largest first, as `box`; only the largest with
   * `all: false`, none where the map is empty.
   * @throws ShapeError for a threshold that is not at least 0 and below 1 */
  boxes({ threshold, all, ...options }: Partial<Size> & PostProcessing & BoxesOptions = {}): Region[] {
    return boxesOf(this.heatmap(options), { threshold, all });
  }
}

/** max(0, v) */
export function rectified(map: FloatMap): FloatMap {
  return { ...map, data: map.data.map((value) => Math.max(value, 0)) };
}
