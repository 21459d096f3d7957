import { resizeMap } from "../../image/resize-map.ts";
import { type HeatMap, rectified } from "../heat-map.ts";
import { PixelMap } from "../pixel-map.ts";

/** Guided backprop times a class activation map, rectified and resized to the input: Guided Grad-CAM, with Grad-CAM.
 * @see Selvaraju et al. 2017, section 3.2 */
export function guidedBy(guided: PixelMap, map: HeatMap): PixelMap {
  const { width, height, channels, order } = guided;
  const weights = resizeMap(rectified(map.raw), { width, height, method: "half-pixel" }).data;
  const values = guided.values.map((value, i) => value * (weights[Math.floor(i / channels)] ?? 0));
  const { layer = "", method } = map.provenance;
  const provenance = { ...guided.provenance, method: `guided-${method}`, layer };
  return new PixelMap(values, { width, height, channels, order, provenance });
}
