import { nearest, UnknownNameError } from "../../errors.ts";
import { resizeMap } from "../../image/resize-map.ts";
import { type HeatMap, rectified } from "../heat-map.ts";
import { PixelMap } from "../pixel-map.ts";
import { ablationCam } from "./ablation-cam.ts";
import { cam } from "./cam.ts";
import type { ClassMapMethod } from "./class-maps.ts";
import { eigenCam, eigenGradCam } from "./eigen-cam.ts";
import { counterfactual, gradCam } from "./grad-cam.ts";
import { gradCamPlusPlus } from "./grad-cam-plus-plus.ts";
import { hiResCam, layerCam } from "./hires-cam.ts";
import { scoreCam } from "./score-cam.ts";
import { xGradCam } from "./xgrad-cam.ts";

/** Class activation maps of a layer by the name that their provenance gives them. */
const classMapMethods = {
  cam,
  gradcam: gradCam,
  "gradcam++": gradCamPlusPlus,
  xgradcam: xGradCam,
  hirescam: hiResCam,
  layercam: layerCam,
  eigencam: (question, node) => eigenCam(question, node),
  eigengradcam: eigenGradCam,
  scorecam: (question, node) => scoreCam(question, node),
  ablationcam: (question, node) => ablationCam(question, node),
  counterfactual,
} as const satisfies Readonly<Record<string, ClassMapMethod>>;

/** A class activation map that guided backprop can be multiplied with. */
export type ClassMapName = keyof typeof classMapMethods;

/** @throws UnknownNameError for another name */
export function classMapMethod(name: ClassMapName): ClassMapMethod {
  if (Object.hasOwn(classMapMethods, name)) return classMapMethods[name];
  const names = Object.keys(classMapMethods);
  const guess = nearest(name, names);
  throw new UnknownNameError(
    `there is no class activation map "${name}"; there are ${names.join(", ")}.` +
      (guess ? ` Did you mean "${guess}"?` : ""),
  );
}

/** Guided backprop times a class activation map, rectified and resized to the input: Guided Grad-CAM, with Grad-CAM.
 * @see Selvaraju et al. 2017, section 3.2 */
export function guidedBy(guided: PixelMap, map: HeatMap): PixelMap {
  const { width, height, channels } = guided;
  const weights = resizeMap(rectified(map.raw), { width, height, method: "half-pixel" }).data;
  const values = guided.values.map((value, i) => value * (weights[Math.floor(i / channels)] ?? 0));
  const { layer = "", method } = map.provenance;
  const options = { ...map.provenance.options, ...guided.provenance.options };
  const chosen = Object.keys(options).length > 0 ? { options } : {};
  const provenance = { ...guided.provenance, method: `guided-${method}`, layer, ...chosen };
  return new PixelMap(values, { ...guided, provenance });
}
