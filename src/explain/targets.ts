import { scale } from "../autograd/ops/arithmetic.ts";
import { argMax, oneHot } from "../autograd/ops/reduce.ts";
import type { Tape } from "../autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../errors.ts";
import type { FloatMap } from "../image/types.ts";
import type { Outputs } from "../nn/outputs.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { assertClasses } from "./pooling-head.ts";

/** A scalar of the network as backward sees it: <seed, y>. */
export interface Scalar {
  /** Recorded on the tape; any shape. */
  readonly y: Tensor;
  /** Cotangent of y, of its shape; the caller of the target disposes it. */
  readonly seed: Tensor;
}

/** What a target can be made of: the model's outputs, and everything recorded. */
export interface TargetContext extends Outputs {
  readonly tape: Tape;
  /** Output of a layer, by any name it goes by.
   * @throws UnknownNameError */
  readonly activation: (layer: string) => Tensor;
}

/** What is explained: a function from what was recorded to one scalar, and its name in words. The functions of this
 * module make the usual ones; any object of this form will do. */
export interface Target {
  /** For `Provenance.target`: "logit of class 285". */
  readonly name: string;
  /** Called once for each question; what it computes is not recorded unless it says `tape.run`. */
  readonly of: (context: TargetContext) => Scalar;
}

/** The logit of the class that the network finds most likely; found on the GPU, without a read-back. */
export function topClass(): Target {
  return {
    name: "logit of the most likely class",
    of: ({ logits }) => {
      assertClasses(logits);
      return { y: logits, seed: oneHot(argMax(logits), logits.shape.at(-1) ?? 1) };
    },
  };
}

/** The logit of one class: its score before the last softmax or sigmoid.
 * @param index from 0; another one is refused with UnknownNameError, as everywhere here, when a run is asked */
export function classLogit(index: number): Target {
  return {
    name: `logit of class ${index}`,
    of: ({ logits }) => ({ y: logits, seed: weightsOf(logits, [[index, 1]]) }),
  };
}

/** The probability of one class, through the softmax (which saturates where the network is sure). */
export function classProbability(index: number): Target {
  return {
    name: `probability of class ${index}`,
    of: ({ probs }) => ({ y: probs, seed: weightsOf(probs, [[index, 1]]) }),
  };
}

/** How much more one class scores than another: logit of `a` minus logit of `b`. */
export function difference(a: number, b: number): Target {
  const entries: Entries = [
    [a, 1],
    [b, -1],
  ];
  return {
    name: `logit of class ${a} minus class ${b}`,
    of: ({ logits }) => ({ y: logits, seed: weightsOf(logits, entries) }),
  };
}

/** Minus another target: the evidence against it. */
export function negative(target: Target): Target {
  return {
    name: `minus ${target.name}`,
    of: (context) => {
      const { y, seed } = target.of(context);
      return { y, seed: scale(seed, -1) };
    },
  };
}

/** Several classes at once, as a network with a sigmoid for each may find them: the sum of their logits.
 * @param indices each from 0 */
export function multiLabel(indices: readonly number[]): Target {
  const entries = indices.map((index) => [index, 1] as const);
  return {
    name: `logits of classes ${indices.join(", ")}`,
    of: ({ logits }) => ({ y: logits, seed: weightsOf(logits, entries) }),
  };
}

/** One number of a network's own output, as it is: what a regression predicts.
 * @param index of the output's last axis, from 0 */
export function regression(index = 0): Target {
  return { name: `output ${index}`, of: ({ probs }) => ({ y: probs, seed: weightsOf(probs, [[index, 1]]) }) };
}

/** Sum of a class's scores over a region, of a network that scores each pixel, [n, h, w, classes].
 * @param mask  of the output's extents; a pixel counts as often as its value says: 1 in the region, 0 outside
 * @param index the class, from 0
 * @throws ShapeError, when a run is asked, if the output or the mask does not fit
 * @see   Vinogradova et al. 2020, "Towards interpretable semantic segmentation via gradient-weighted class activation
 *        mapping", eq. 2 */
export function segmentation(mask: FloatMap, index: number): Target {
  return {
    name: `logit of class ${index} over a region`,
    of: ({ logits }) => {
      const [n = 0, h, w, classes = 0] = logits.shape;
      if (logits.shape.length !== 4 || h !== mask.height || w !== mask.width)
        throw new ShapeError(
          `segmentation: the mask is ${mask.height}x${mask.width}, the network's output ${showShape(logits.shape)}; ` +
            "it takes an output [n, h, w, classes] and a mask of its height and width.",
        );
      inRange(index, classes, { what: "class", owner: "the network" });
      const seed = new Float32Array(logits.size);
      for (let i = 0; i < n * mask.data.length; i++) seed[i * classes + index] = mask.data[i % mask.data.length] ?? 0;
      return { y: logits, seed: logits.engine.tensor(seed, logits.shape) };
    },
  };
}

type Entries = readonly (readonly [number, number])[];

/** @throws UnknownNameError unless it is a whole number below the count */
export function inRange(index: number, count: number, { what, owner }: { what: string; owner: string }): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new UnknownNameError(
    `there is no ${what} ${index}: ${owner} has ${count}. Give a whole number from 0 to ${count - 1}.`,
  );
}

/** A tensor like `like` that holds the given weight at each class, for every picture of the batch. */
function weightsOf(like: Tensor, entries: Entries): Tensor {
  assertClasses(like);
  const classes = like.shape.at(-1) ?? 1;
  const data = new Float32Array(like.size);
  for (const [index, weight] of entries) {
    inRange(index, classes, { what: "class", owner: "the network" });
    for (let i = index; i < data.length; i += classes) data[i] = weight;
  }
  return like.engine.tensor(data, like.shape);
}
