import { batchMoments, batchNormTraining } from "../../autograd/ops/batch-norm-training.ts";
import { batchNorm } from "../../autograd/ops/normalization.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, type LayerClass, labelled, only, type Step, weight } from "../layer.ts";
import type { LayerTraining } from "../training.ts";
import { showJson } from "../untrusted.ts";
import { extentsAlong, onLastAxes } from "./axes.ts";
import { readEpsilon, scaleAndCenter } from "./group-normalization.ts";

/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta, channel by channel: with the moving statistics, and in training
 * with those of the batch. */
const batchNormalizationLayer: LayerClass = {
  className: "BatchNormalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const axis = config.axis("axis", shape.length);
    if (axis === 0) config.refuse("axis", config.raw("axis"), "an axis other than the batch's");
    const [channels = 1] = extentsAlong(shape, [axis], config.title);
    config.choice("renorm", [false], false);
    const epsilon = readEpsilon(config, 1e-3);
    const momentum = config.raw("momentum");
    const weights = [
      ...scaleAndCenter(config, [channels]),
      { name: "moving_mean", shape: [channels], trainable: false },
      { name: "moving_variance", shape: [channels], trainable: false },
    ];
    return {
      weights,
      outputShape: shape,
      call(inputs, given, label, training) {
        const learnt = { ...(given.gamma && { gamma: given.gamma }), ...(given.beta && { beta: given.beta }) };
        const mean = weight(given, "moving_mean");
        const variance = weight(given, "moving_variance");
        const observed = training && observing(training, { mean, variance, momentum: momentumOf(momentum) });
        const run = (x: Tensor) => {
          if (!observed) return batchNorm(x, { ...learnt, mean, variance }, { epsilon });
          const moments = labelled(x.engine, `${label}/batch_moments`, () => batchMoments(x));
          observed(moments);
          return batchNormTraining(x, { ...learnt, moments }, { epsilon });
        };
        const step: Step = { op: "batch_norm", run };
        return chain(only(inputs, label), label, onLastAxes([axis], shape.length, step));
      },
    };
  },
};

/** @throws ShapeError for a momentum that is no share */
function momentumOf(value: unknown): number {
  const momentum = value ?? 0.99;
  if (typeof momentum === "number" && momentum >= 0 && momentum <= 1) return momentum;
  throw new ShapeError(`batch norm: momentum is ${showJson(momentum)}; training wants a number from 0 to 1`);
}

/** Hands both rows of the batch's moments to the training, each with the weight that it is averaged into. */
function observing(
  { observe }: LayerTraining,
  { mean, variance, momentum }: { mean: Tensor; variance: Tensor; momentum: number },
): (moments: Tensor) => void {
  return (moments) => {
    observe({ moving: mean, moments, row: 0, momentum });
    observe({ moving: variance, moments, row: 1, momentum });
  };
}

/** TensorFlow 1 and distributed training gave the class other names; in inference all are the same. */
export const batchNormalizationLayers: readonly LayerClass[] = [
  batchNormalizationLayer,
  ...["BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"].map((className) => ({
    ...batchNormalizationLayer,
    className,
  })),
];
