import { groupNorm, layerNorm, rmsNorm, unitNorm } from "../../autograd/ops/group-norm.ts";
import { ShapeError } from "../../errors.ts";
import {
  type BuiltLayer,
  chain,
  type LayerClass,
  type LayerShape,
  only,
  type Step,
  type WeightSpec,
} from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { extentsAlong, onLastAxes, readAxes } from "./axes.ts";

type Weights = Parameters<BuiltLayer["call"]>[1];

interface Parts {
  readonly axes: readonly number[];
  readonly weights: readonly WeightSpec[];
  /** Normalises the last axes. */
  readonly step: (weights: Weights) => Step;
}

function built(config: LayerConfig, shape: LayerShape, { axes, weights, step }: Parts): BuiltLayer {
  if (shape.length < 2) throw new ShapeError(`${config.title}: its input has no axis beside the batch`);
  return {
    weights,
    outputShape: shape,
    call: (inputs, given, label) => chain(only(inputs, label), label, onLastAxes(axes, shape.length, step(given))),
  };
}

export function scaleAndCenter(config: LayerConfig, shape: readonly number[]): WeightSpec[] {
  const weights: WeightSpec[] = [];
  if (config.flag("scale", true)) weights.push({ name: "gamma", shape, trainable: true });
  if (config.flag("center", true)) weights.push({ name: "beta", shape, trainable: true });
  return weights;
}

export function readEpsilon(config: LayerConfig, otherwise: number): number {
  const epsilon = config.number("epsilon", otherwise);
  if (epsilon < 0) config.refuse("epsilon", epsilon, "a number of at least 0");
  return epsilon;
}

/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over the axes named, for each place by
 * itself. */
export const layerNormalizationLayer: LayerClass = {
  className: "LayerNormalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    config.choice("rms_scaling", [false], false);
    const axes = readAxes(config, shape.length);
    const epsilon = readEpsilon(config, 1e-3);
    const weights = scaleAndCenter(config, extentsAlong(shape, axes, config.title));
    const options = { axis: -axes.length, epsilon };
    const step = ({ gamma, beta }: Weights): Step => ({
      op: "group_norm",
      run: (x) => layerNorm(x, { gamma, beta }, options),
    });
    return built(config, shape, { axes, weights, step });
  },
};

/** Channels in groups, each with a mean and variance over its channels and all pixels. */
export const groupNormalizationLayer: LayerClass = {
  className: "GroupNormalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const axes = [config.axis("axis", shape.length)];
    const [channels = 1] = extentsAlong(shape, axes, config.title);
    const asked = config.raw("groups") ?? 32;
    const groups = asked === -1 ? channels : config.whole("groups", { otherwise: 32 });
    if (axes[0] === 0) config.refuse("axis", config.raw("axis"), "an axis other than the batch's");
    if (channels % groups !== 0)
      throw new ShapeError(`${config.title}: ${channels} channels cannot be cut into ${groups} groups`);
    const epsilon = readEpsilon(config, 1e-3);
    const weights = scaleAndCenter(config, [channels]);
    const step = ({ gamma, beta }: Weights): Step => ({
      op: "group_norm",
      run: (x) => groupNorm(x, { gamma, beta }, { groups, epsilon }),
    });
    return built(config, shape, { axes, weights, step });
  },
};

/** y = x / sqrt(mean of squares + epsilon) * scale */
export const rmsNormalizationLayer: LayerClass = {
  className: "RMSNormalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const axes = readAxes(config, shape.length);
    const epsilon = readEpsilon(config, 1e-6);
    const weights = [{ name: "scale", shape: extentsAlong(shape, axes, config.title), trainable: true }];
    const step = ({ scale }: Weights): Step => ({
      op: "group_norm",
      run: (x) => rmsNorm(x, scale, { axis: -axes.length, epsilon }),
    });
    return built(config, shape, { axes, weights, step });
  },
};

/** y = x / its Euclidean length along the axes named. */
export const unitNormalizationLayer: LayerClass = {
  className: "UnitNormalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const axes = readAxes(config, shape.length);
    // Keras 2 divides by no length under 1e-6, Keras 3 by none under 1e-12
    const least = config.kerasMajor < 3 ? 1e-6 : 1e-12;
    const step = (): Step => ({ op: "group_norm", run: (x) => unitNorm(x, { axis: -axes.length, least }) });
    return built(config, shape, { axes, weights: [], step });
  },
};
