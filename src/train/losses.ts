// Losses, one value per row, each composed of recorded operations, so that a tape has their gradients. Semantics are
// those of Keras 3 with from_logits=True; `weightedMean` makes the one number that is trained on.
import { logSigmoid, softplus } from "../autograd/ops/activation-functions.ts";
import { logSoftmax, relu } from "../autograd/ops/activations.ts";
import { add, mul, scale, sub } from "../autograd/ops/arithmetic.ts";
import { mean, oneHot, sum } from "../autograd/ops/reduce.ts";
import { ShapeError } from "../errors.ts";
import { sameShape, showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

export interface LossOptions {
  /** Share of each target that is spread over all classes evenly, or, of a sigmoid's, moved to 1/2; 0 unless given. */
  readonly labelSmoothing?: number;
}

/** -sum over classes of target * log(softmax(logits)).
 * @param logits  [n, c], before the softmax
 * @param targets [n, c], float32: a distribution over the classes
 * @returns [n]
 * @throws  ShapeError if the shapes differ or are not [n, c] */
export function softmaxCrossEntropy(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  checkPair("softmaxCrossEntropy", logits, targets);
  return crossEntropy(logits, targets, options);
}

/** -log(softmax(logits)) at each row's label.
 * @param logits [n, c], before the softmax
 * @param labels [n], int32 from 0 to c - 1; see `checkLabels`
 * @returns [n]
 * @throws  ShapeError if there is not one label to a row */
export function sparseSoftmaxCrossEntropy(logits: Tensor, labels: Tensor, options: LossOptions = {}): Tensor {
  const [n, c] = logits.shape;
  if (logits.shape.length !== 2 || c === undefined || labels.shape.length !== 1 || labels.shape[0] !== n)
    throw new ShapeError(
      `sparseSoftmaxCrossEntropy: labels ${showShape(labels.shape)} for logits ${showShape(logits.shape)}; ` +
        "it takes labels [n] and logits [n, c]",
    );
  return crossEntropy(logits, oneHot(labels, c), options);
}

export interface SigmoidLossOptions extends LossOptions {
  /** How a row's classes are put together: their mean, as Keras (unless given), or their sum, as Oquab et al. 2015. */
  readonly over?: "mean" | "sum";
}

/** -(target * log(sigmoid(logit)) + (1 - target) * log(1 - sigmoid(logit))), each class a yes or no of its own.
 * @param logits  [n, c], before the sigmoid
 * @param targets [n, c], float32, 0 to 1
 * @returns [n]
 * @throws  ShapeError if the shapes differ or are not [n, c] */
export function sigmoidCrossEntropy(logits: Tensor, targets: Tensor, options: SigmoidLossOptions = {}): Tensor {
  checkPair("sigmoidCrossEntropy", logits, targets);
  const share = shareOf(options);
  const yes = share === 0 ? targets : scale(targets, 1 - share, share / 2);
  // two sums of one sign: softplus(logit) - target * logit would cancel
  const no = mul(scale(yes, -1, 1), softplus(logits));
  const losses = sub(no, mul(yes, logSigmoid(logits)));
  return options.over === "sum" ? sum(losses, { axes: [1] }) : mean(losses, { axes: [1] });
}

/** Mean over the last axis of (y - target)^2.
 * @param y       [n, c]
 * @param targets [n, c], float32
 * @returns [n]
 * @throws  ShapeError if the shapes differ or are not [n, c] */
export function meanSquaredError(y: Tensor, targets: Tensor): Tensor {
  checkPair("meanSquaredError", y, targets);
  const difference = sub(y, targets);
  return mean(mul(difference, difference), { axes: [1] });
}

/** Mean over the last axis of max(1 - target * y, 0).
 * @param y       [n, c]
 * @param targets [n, c], float32: 1, and -1 or 0 (which stands for -1)
 * @returns [n]
 * @throws  ShapeError if the shapes differ or are not [n, c] */
export function hinge(y: Tensor, targets: Tensor): Tensor {
  checkPair("hinge", y, targets);
  const signs = scale(relu(targets), 2, -1);
  const product = mul(signs, y);
  const margin = scale(product, -1, 1);
  // max(m, 0) = m + max(-m, 0), whose gradient at m = 0 is 1, as Keras' is
  return mean(add(margin, relu(scale(product, 1, -1))), { axes: [1] });
}

/** Mean over rows of weight * loss, divided by the number of rows whatever the weights add up to, as Keras does.
 * @param losses  [n]
 * @param weights [n]; 1 unless given
 * @returns [1]
 * @throws  ShapeError if there is not one weight to a loss */
export function weightedMean(losses: Tensor, weights?: Tensor): Tensor {
  if (losses.shape.length !== 1 || (weights && !sameShape(weights.shape, losses.shape)))
    throw new ShapeError(
      `weightedMean: losses ${showShape(losses.shape)}${weights ? `, weights ${showShape(weights.shape)}` : ""}; ` +
        "it takes [n] of each",
    );
  return mean(weights ? mul(losses, weights) : losses, { keepDims: true });
}

/** The weight of each row: that of its class.
 * @param classWeights one for each class
 * @throws ShapeError for a label that no class has */
export function rowWeights(labels: Int32Array, classWeights: readonly number[]): Float32Array<ArrayBuffer> {
  checkLabels(labels, classWeights.length);
  return Float32Array.from(labels, (label) => classWeights[label] ?? 0);
}

/** Labels that no class has would add nothing to a loss and never be learnt: they are refused.
 * @throws ShapeError with the first of them */
export function checkLabels(labels: Int32Array, classes: number): void {
  const row = labels.findIndex((label) => label < 0 || label >= classes);
  if (row >= 0)
    throw new ShapeError(
      `label ${labels[row]} of row ${row} is out of range: ${classes} classes have labels 0 to ${classes - 1}`,
    );
}

function crossEntropy(logits: Tensor, targets: Tensor, options: LossOptions): Tensor {
  const share = shareOf(options);
  const wanted = share === 0 ? targets : scale(targets, 1 - share, share / (logits.shape[1] ?? 1));
  return sum(scale(mul(wanted, logSoftmax(logits)), -1), { axes: [1] });
}

function shareOf({ labelSmoothing = 0 }: LossOptions): number {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ShapeError(`labelSmoothing is ${labelSmoothing}; it lies between 0 and 1`);
  return labelSmoothing;
}

function checkPair(what: string, y: Tensor, targets: Tensor): void {
  if (y.shape.length !== 2 || !sameShape(y.shape, targets.shape))
    throw new ShapeError(
      `${what}: targets ${showShape(targets.shape)} for outputs ${showShape(y.shape)}; it takes [n, c] of both`,
    );
}
