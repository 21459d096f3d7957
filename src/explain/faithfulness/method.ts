import type { Run } from "../explain.ts";
import type { HeatMap } from "../heat-map.ts";
import type { PixelMap } from "../pixel-map.ts";
import { classLogit, type Target } from "../targets.ts";

/** A way to make a map, for metrics that ask for it again: `(run, { target }) => run.gradCam({ target })`. */
export type TargetMethod = (run: Run, options: { readonly target: Target }) => Promise<HeatMap | PixelMap>;

/** The same way for a run of several pictures: a map of each. */
export type ManyMethod = (
  run: Run<true>,
  options: { readonly target: Target },
) => Promise<readonly (HeatMap | PixelMap)[]>;

/** The target of all maps that are compared: the logit of the class that is most likely on the unchanged network and
 * picture, unless one is given. */
export async function fixedTarget(run: Run, target: Target | undefined): Promise<Target> {
  if (target) return target;
  const [best] = await run.predictions(1);
  return classLogit(best?.index ?? 0);
}

/** A map's own values: raw ones of a heat map, signed ones of a pixel map. */
export function valuesOf(map: HeatMap | PixelMap): Float32Array {
  return "raw" in map ? map.raw.data : map.values;
}
