import { reshape } from "../autograd/ops/layout.ts";
import type { Tape } from "../autograd/tape.ts";
import { nearest, ShapeError, UnknownNameError } from "../errors.ts";
import type { Model } from "../nn/model.ts";
import type { Outputs } from "../nn/outputs.ts";
import type { TrainingPass } from "../nn/training.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  hinge,
  meanSquaredError,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
} from "./losses.ts";

/** The forward pass that a loss is of, for a loss of more than the network's end: what it computes is recorded. */
export interface LossPass {
  readonly model: Model;
  readonly tape: Tape;
  /** Undefined in evaluation. */
  readonly training?: TrainingPass;
}

/** A loss of every example, [n], from the network's end and what it was to say: labels, int32 [n], or targets, float32
 * [n, t]. */
export type Loss = (outputs: Outputs, y: Tensor, pass: LossPass) => Tensor;

const named = {
  /** Cross-entropy of the softmax of the logits, for one class of many. */
  softmax: (outputs, y) =>
    y.dtype === "int32" ? sparseSoftmaxCrossEntropy(scores(outputs), y) : softmaxCrossEntropy(scores(outputs), y),
  /** Cross-entropy of the sigmoid of every logit, summed over the classes, for several at once (Oquab et al. 2015). */
  sigmoid: (outputs, y) => sigmoidCrossEntropy(scores(outputs), y, { over: "sum" }),
  /** Mean of the squared differences of the network's own output. */
  mse: ({ probs }, y) => meanSquaredError(flat(probs), y),
  /** Keras' hinge of the network's own output; targets are 0 or 1, or -1 or 1. */
  hinge: ({ probs }, y) => hinge(flat(probs), y),
} as const satisfies Readonly<Record<string, Loss>>;

export type LossName = keyof typeof named;

/** @throws UnknownNameError for a name that no loss has */
export function lossOf(loss: LossName | Loss): Loss {
  if (typeof loss === "function") return loss;
  if (Object.hasOwn(named, loss)) return named[loss];
  const guess = nearest(loss, Object.keys(named));
  throw new UnknownNameError(
    `there is no loss "${loss}"${guess ? `; did you mean "${guess}"?` : ""} There are ${Object.keys(named).join(", ")}.`,
  );
}

function scores({ logits }: Outputs): Tensor {
  return flat(logits);
}

/** [n, 1, 1, classes], of a convolution as the last layer, as [n, classes].
 * @throws ShapeError for more than one score of a class */
function flat(values: Tensor): Tensor {
  const [rows = 1, ...rest] = values.shape;
  if (rest.length === 1) return values;
  if (rest.length > 1 && rest.slice(0, -1).every((extent) => extent === 1))
    return reshape(values, [rows, rest.at(-1) ?? 1]);
  throw new ShapeError(`the network's output is ${showShape(values.shape)}; a loss wants [n, classes]`);
}
