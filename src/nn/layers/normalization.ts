import { scale } from "../../autograd/ops/arithmetic.ts";
import { batchNorm } from "../../autograd/ops/normalization.ts";
import { ShapeError } from "../../errors.ts";
import { chain, type LayerClass, only, showLayerShape, type WeightSpec, weight } from "../layer.ts";

/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the moving statistics, over the last axis. */
export const batchNormalizationLayer: LayerClass = {
  className: "BatchNormalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const last = shape.length - 1;
    const channels = shape[last];
    if (channels === null || channels === undefined)
      throw new ShapeError(`${config.title}: its input is ${showLayerShape(shape)}; the last extent must be known`);
    if (config.axis("axis", shape.length) !== last)
      config.unsupported("axis", config.raw("axis"), `-1 or ${last}, the last axis`);
    config.choice("renorm", [false], false);
    const epsilon = config.number("epsilon", 1e-3);
    if (epsilon < 0) config.refuse("epsilon", epsilon, "a number of at least 0");
    const weights: WeightSpec[] = [];
    if (config.flag("scale", true)) weights.push({ name: "gamma", shape: [channels], trainable: true });
    if (config.flag("center", true)) weights.push({ name: "beta", shape: [channels], trainable: true });
    weights.push({ name: "moving_mean", shape: [channels], trainable: false });
    weights.push({ name: "moving_variance", shape: [channels], trainable: false });
    return {
      weights,
      outputShape: shape,
      call(inputs, given, label) {
        const parameters = {
          ...(given.gamma && { gamma: given.gamma }),
          ...(given.beta && { beta: given.beta }),
          mean: weight(given, "moving_mean"),
          variance: weight(given, "moving_variance"),
        };
        const run = (x: Parameters<typeof batchNorm>[0]) => batchNorm(x, parameters, { epsilon });
        return chain(only(inputs, label), label, [{ op: "batch_norm", run }]);
      },
    };
  },
};

/** y = x * scale + offset, one number each. */
export const rescalingLayer: LayerClass = {
  className: "Rescaling",
  build(config, inputShapes) {
    for (const key of ["scale", "offset"])
      if (Array.isArray(config.raw(key))) config.unsupported(key, config.raw(key), "one number for all channels");
    const factor = config.number("scale", 1);
    const offset = config.number("offset", 0);
    return {
      weights: [],
      outputShape: only(inputShapes, config.title),
      call: (inputs, _weights, label) =>
        chain(only(inputs, label), label, [{ op: "scale", run: (x) => scale(x, factor, offset) }]),
    };
  },
};
