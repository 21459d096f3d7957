import { UnknownNameError } from "../../errors.ts";
import { gaussian, type Seed } from "../../random.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Run } from "../explain.ts";
import type { HeatMap } from "../heat-map.ts";
import type { PassOptions } from "../methods/versions.ts";
import type { PixelMap } from "../pixel-map.ts";
import type { Target } from "../targets.ts";
import { fixedTarget, type TargetMethod, valuesOf } from "./method.ts";
import { rankCorrelation } from "./rank-correlation.ts";
import { layerWeights, type RecordedWeight, Rerecorded } from "./rerecord.ts";
import { ssim } from "./ssim.ts";
import { assertOnePicture } from "./subject.ts";

/** How like the original a map is once this layer and all after it have random weights. */
export interface RandomisedLayer {
  readonly layer: string;
  /** Structural similarity of the maps as they are shown, 0 to 1 at the input's size. */
  readonly ssim: number;
  /** Spearman's correlation of the maps' own values. */
  readonly rankCorrelation: number;
  /** The same of their magnitudes. */
  readonly absoluteRankCorrelation: number;
}

/** A sanity check: a map that hardly changes while the network loses what it learnt does not show what it learnt. */
export interface Randomisation {
  /** From the last layer, which alone is random, to the first, where all are. */
  readonly layers: readonly RandomisedLayer[];
}

export interface RandomisationOptions extends Omit<PassOptions, "batch"> {
  /** What the maps explain; the logit of the class that is most likely with the true weights unless given. */
  readonly target?: Target | undefined;
  readonly seed?: Seed | undefined;
  /** Layers at which the maps are compared; all that have weights unless given. Those between are randomised all the
   * same. */
  readonly layers?: readonly string[] | undefined;
}

/** Parameter randomisation from the last layer to the first, a cascade. The model is not touched: each step runs the
 * recorded operations again with weights of its own.
 * @param run    of one picture
 * @param method what makes the map; it is called once for every layer that is compared, and once more
 * @throws UnknownNameError for a layer without weights; what the method throws
 * @see    Adebayo et al. 2018 */
export async function parameterRandomisation(
  run: Run,
  method: TargetMethod,
  options: RandomisationOptions = {},
): Promise<Randomisation> {
  const { recording } = run;
  assertOnePicture(recording);
  const weights = layerWeights(recording);
  const compared = comparedLayers(weights, options);
  const target = await fixedTarget(run, options.target);
  const original = await method(run, { target });
  const replaced = new Map<number, Tensor>();
  const layers: RandomisedLayer[] = [];
  try {
    for (const [layer, own] of [...weights].reverse()) {
      options.signal?.throwIfAborted();
      for (const weight of own) replace(weight, { replaced, seed: `${options.seed ?? 0} ${layer} ${weight.name}` });
      if (!compared.has(layer)) continue;
      using random = new Run({ recording: Rerecorded.with(recording, replaced), many: false });
      layers.push({ layer, ...likeness(original, await method(random, { target })) });
      options.onProgress?.(layers.length, compared.size);
      if (layers.length === compared.size) break;
    }
  } finally {
    for (const tensor of replaced.values()) tensor.dispose();
  }
  return { layers };
}

function comparedLayers(weights: ReadonlyMap<string, unknown>, { layers }: RandomisationOptions): Set<string> {
  const wrong = layers?.find((layer) => !weights.has(layer));
  if (wrong !== undefined)
    throw new UnknownNameError(
      `parameterRandomisation: layer "${wrong}" has no weights here; ` +
        `layers that have: ${[...weights.keys()].join(", ")}.`,
    );
  return new Set(layers ?? weights.keys());
}

/** As a network begins: kernels are drawn after He et al. 2015, offsets become 0, scales 1. */
function replace(
  { tensor, name, node }: RecordedWeight,
  { replaced, seed }: { replaced: Map<number, Tensor>; seed: string },
): void {
  const size = sizeOf(tensor.shape);
  const put = (values: Float32Array) => {
    replaced.set(tensor.id, tensor.engine.tensor(values, tensor.shape));
  };
  const constant = constants[name];
  if (name === "w") {
    const fanIn = size / fanOut(tensor.shape, node.op.name);
    const deviation = Math.sqrt(2 / fanIn);
    put(gaussian(seed, size).map((value) => deviation * value));
  } else if (constant !== undefined && (name !== "b" || node.inputs.w)) put(new Float32Array(size).fill(constant));
}

const constants: Readonly<Record<string, number>> = { b: 0, beta: 0, mean: 0, gamma: 1, variance: 1 };

/** How many outputs share a kernel's values: its last axis; of a depthwise one every channel has its own. */
function fanOut(shape: readonly number[], op: string): number {
  const last = shape.at(-1) ?? 1;
  return op.startsWith("depthwise") ? last * (shape.at(-2) ?? 1) : last;
}

function likeness(a: HeatMap | PixelMap, b: HeatMap | PixelMap): Omit<RandomisedLayer, "layer"> {
  const shown = (map: HeatMap | PixelMap) => ("raw" in map ? map.heatmap() : map.magnitude());
  const [x, y] = [valuesOf(a), valuesOf(b)];
  return {
    ssim: ssim(shown(a), shown(b), { range: 1 }),
    rankCorrelation: rankCorrelation(x, y),
    absoluteRankCorrelation: rankCorrelation(x.map(Math.abs), y.map(Math.abs)),
  };
}
