import { batchNorm } from "../../autograd/ops/normalization.ts";
import { chain, type LayerClass, only, type Step, weight } from "../layer.ts";
import { extentsAlong, onLastAxes } from "./axes.ts";
import { readEpsilon, scaleAndCenter } from "./group-normalization.ts";

/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the moving statistics, channel by channel. */
const batchNormalizationLayer: LayerClass = {
  className: "BatchNormalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const axis = config.axis("axis", shape.length);
    if (axis === 0) config.refuse("axis", config.raw("axis"), "an axis other than the batch's");
    const [channels = 1] = extentsAlong(shape, [axis], config.title);
    config.choice("renorm", [false], false);
    const epsilon = readEpsilon(config, 1e-3);
    const weights = [
      ...scaleAndCenter(config, [channels]),
      { name: "moving_mean", shape: [channels], trainable: false },
      { name: "moving_variance", shape: [channels], trainable: false },
    ];
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
        const step: Step = { op: "batch_norm", run: (x) => batchNorm(x, parameters, { epsilon }) };
        return chain(only(inputs, label), label, onLastAxes([axis], shape.length, step));
      },
    };
  },
};

/** TensorFlow 1 and distributed training gave the class other names; in inference all are the same. */
export const batchNormalizationLayers: readonly LayerClass[] = [
  batchNormalizationLayer,
  ...["BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"].map((className) => ({
    ...batchNormalizationLayer,
    className,
  })),
];
