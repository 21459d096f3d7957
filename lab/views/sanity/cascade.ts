import {
  type HeatMap,
  type PixelMap,
  parameterRandomisation,
  type Randomisation,
  type Run,
  type Target,
} from "../../../src/index.ts";
import type { Explained } from "../../store/session.ts";

/** The two methods that are held against each other. */
export const checkedMethods = ["guided", "gradcam"] as const;
export type Checked = (typeof checkedMethods)[number];

/** Maps as they come: the true network's, then one for every depth. */
export type Maps = Readonly<Record<Checked, readonly (HeatMap | PixelMap)[]>>;
/** How like the first the others are. */
export type Likeness = Readonly<Record<Checked, Randomisation>>;

export const noMaps: Maps = { guided: [], gradcam: [] };

/** At most so many depths are compared: a deep network has dozens of layers. */
const mostDepths = 8;

/** Layers with weights at which maps are compared: all, or so many of them, evenly from the last to the first. */
export function depthsOf({ model }: Explained): readonly string[] {
  const weighted = model.layers.filter(({ weights }) => weights.length > 0).map(({ name }) => name);
  const steps = Math.min(mostDepths, weighted.length);
  const places = Array.from({ length: steps }, (_, i) =>
    Math.round((i * (weighted.length - 1)) / Math.max(1, steps - 1)),
  );
  return places.flatMap((place) => weighted[place] ?? []);
}

interface CascadeOptions {
  readonly target: Target;
  /** Where Grad-CAM is made. */
  readonly layer: string;
  readonly depths: readonly string[];
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Hears of all maps so far whenever there is another. */
  readonly onMaps: (maps: Maps) => void;
}

/** Randomises the network from its end, twice by the same draw: under guided backpropagation and under Grad-CAM. */
export async function cascade(one: Explained, options: CascadeOptions): Promise<Likeness> {
  const { target, layer, depths, seed, signal, onMaps } = options;
  let maps = noMaps;
  const check = (name: Checked, ask: (run: Run) => Promise<HeatMap | PixelMap>) => {
    const method = async (run: Run) => {
      const map = await ask(run);
      maps = { ...maps, [name]: [...maps[name], map] };
      onMaps(maps);
      return map;
    };
    return parameterRandomisation(one.run, method, { target, seed, layers: depths, signal });
  };
  const guided = await check("guided", (run) => run.guidedBackprop({ target }));
  const gradcam = await check("gradcam", (run) => run.gradCam({ target, layer }));
  return { guided, gradcam };
}
