import { type ColormapName, colorize } from "../image/colormap.ts";
import { normalizeMap } from "../image/normalize.ts";
import { type OverlayOptions, overlay } from "../image/render.ts";
import { type MapResizeMethod, resizeMap } from "../image/resize-map.ts";
import type { Box, FloatMap, Image, Size } from "../image/types.ts";
import { boxOf } from "./box.ts";
import type { Provenance } from "./types.ts";

export interface PostProcessing {
  /** Whether negative values are cut off before or after the resize, or not at all; it changes the result. */
  readonly relu?: "before" | "after" | "none";
  readonly resize?: MapResizeMethod;
}

/** A class activation map as it came from the GPU, and the steps from there to a picture: ReLU, resize, normalise. */
export class HeatMap {
  /** sum_k alpha_k A_k at the layer's resolution, before ReLU; any range. */
  readonly raw: FloatMap;
  /** Weight of each channel, [k]. */
  readonly alpha: Float32Array;
  readonly min: number;
  readonly max: number;
  /** True where the map has no positive value: the layer holds no evidence for the target. */
  readonly empty: boolean;
  readonly provenance: Provenance;

  constructor(raw: FloatMap, alpha: Float32Array, provenance: Provenance) {
    const { min, max, empty } = normalizeMap(raw);
    this.raw = raw;
    this.alpha = alpha;
    this.min = min;
    this.max = max;
    this.empty = empty;
    this.provenance = provenance;
  }

  /** The map at the size of a picture, 0..1 (all zeros where it is empty).
   * @param options.relu   "before" the resize (default), "after" it, or "none" (scaled by its range instead)
   * @param options.resize half-pixel bilinear unless given */
  heatmap({ width, height, relu = "before", resize = "half-pixel" }: Size & PostProcessing): FloatMap {
    const start = relu === "before" ? rectified(this.raw) : this.raw;
    const resized = resizeMap(start, { width, height, method: resize });
    if (relu === "none") return normalizeMap(resized, { by: "range" }).map;
    return normalizeMap(relu === "after" ? rectified(resized) : resized).map;
  }

  /** The map alone, in colours. */
  render({ colormap = "jet", ...options }: Size & PostProcessing & { readonly colormap?: ColormapName }): Image {
    return colorize(this.heatmap(options), colormap);
  }

  /** The map over its picture. */
  overlay(image: Image, options: OverlayOptions & PostProcessing = {}): Image {
    const { relu = "before", resize = "half-pixel", ...rest } = options;
    return overlay(image, this.heatmap({ width: image.width, height: image.height, relu, resize }), rest);
  }

  /** Bounds of the largest region above a share of the maximum, in pixels of a picture of this size. */
  box({ threshold = 0.2, ...options }: Size & PostProcessing & { readonly threshold?: number }): Box | undefined {
    return boxOf(this.heatmap(options), threshold);
  }
}

function rectified(map: FloatMap): FloatMap {
  return { ...map, data: map.data.map((value) => Math.max(value, 0)) };
}
