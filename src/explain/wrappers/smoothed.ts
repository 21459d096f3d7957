import type { Run } from "../explain.ts";
import type { HeatMap } from "../heat-map.ts";
import { inputNoise, type NoiseOptions, noiseFacts } from "../methods/smooth-grad.ts";
import type { PixelMap } from "../pixel-map.ts";
import { type Method, meanOf, onVersions, type WrapperOptions } from "./method.ts";

export interface SmoothedOptions extends NoiseOptions, WrapperOptions {}

/** Any method, averaged over noisy versions of the picture, as SmoothGrad averages gradients: Smooth Grad-CAM, smoothed LRP.
 * Raw values are averaged, before any ReLU. A forward pass and what the method takes, for each sample.
 * @param method `(run) => run.gradCam({ layer })`, say
 * @throws ShapeError for numbers out of range; what the method throws; the signal's reason
 * @see    Smilkov et al. 2017, section 3; Omeiza et al. 2019, "Smooth Grad-CAM++", section 3.3 */
export async function smoothed<M extends HeatMap | PixelMap>(
  run: Run,
  method: Method<M>,
  options: SmoothedOptions = {},
): Promise<M> {
  const facts = noiseFacts("smoothed", options);
  const versions = Array.from({ length: facts.samples }, (_, i) => ({
    make: (x: Float32Array) => {
      const added = inputNoise(x, 1, options)(i);
      return x.map((value, at) => value + (added[at] ?? 0));
    },
  }));
  return meanOf(await onVersions(run, method, { ...options, versions }), { wrapper: "smoothed", options: facts });
}
