import { positive } from "../../autograd/ops/activations.ts";
import { div, mul, scale } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/reduce.ts";
import type { RuleOptions } from "../../autograd/rules.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import { fromLayerGradient, type LayerGradient } from "./layer-gradient.ts";

/** How the weights of positions are made; libraries disagree. */
export interface GradCamPlusPlusOptions extends RuleOptions {
  /** "none" (default): the weights a of positions as eq. 19 has them, as pytorch-grad-cam. "authors": each channel's a over
   * their sum where the gradient is positive, as the authors' program. */
  readonly normalise?: "none" | "authors" | undefined;
  /** Added to the denominator of a. With "none" 1e-6 unless given, as pytorch-grad-cam: where gradients are not large
   * against 1e-3, it makes the map depend on their scale. 0 is the paper's formula, and what "authors" takes. */
  readonly epsilon?: number | undefined;
}

const overPositions = { axes: [1, 2], keepDims: true };

/** Grad-CAM with positions weighed: w = sum a ReLU(g), a = g^2 / (2 g^2 + sum(A) g^3), where the sum is over the positions
 * of a channel. The formula is derived for Y = exp(y); the factor exp(y) that it gives all weights is left out.
 * @throws UnknownNameError, ShapeError for options that are none
 * @see    Chattopadhyay et al. 2018, eq. 19 */
export function gradCamPlusPlus(
  question: Question,
  node: TapeNode,
  options: GradCamPlusPlusOptions = {},
): Promise<HeatMap[]> {
  const { normalise = "none" } = options;
  if (normalise !== "none" && normalise !== "authors")
    throw new UnknownNameError(`gradCamPlusPlus: normalise is "${normalise}"; there are none and authors`);
  const { epsilon = normalise === "none" ? 1e-6 : 0 } = options;
  if (!(epsilon >= 0 && Number.isFinite(epsilon)))
    throw new ShapeError(`gradCamPlusPlus: epsilon is ${epsilon}; 0 or a number over it is wanted, such as 1e-6`);
  return fromLayerGradient(question, node, {
    method: "gradcam++",
    options: { normalise, epsilon },
    relaxMaxPool: options.relaxMaxPool,
    weigh: (at) => {
      const alpha = channelWeights(at, { normalise, epsilon });
      return { map: sum(mul(at.A, alpha), { axes: [3] }), alpha };
    },
  });
}

function channelWeights({ A, g }: LayerGradient, { normalise, epsilon }: WeightOptions): Tensor {
  // where the gradient is not positive, a counts nowhere
  const p = positive(g);
  const a = positionWeights(p, { total: sum(A, overPositions), epsilon });
  const alpha = sum(mul(a, p), overPositions);
  if (normalise === "none") return alpha;
  // p / p is 1 where p is positive, and 0 elsewhere
  return div(alpha, sum(mul(a, div(p, p)), overPositions));
}

interface WeightOptions {
  readonly normalise: "none" | "authors";
  readonly epsilon: number;
}

/** a = p^2 / (2 p^2 + total p^3 + epsilon), without the powers where they cancel: those of small gradients underflow. */
function positionWeights(p: Tensor, { total, epsilon }: { total: Tensor; epsilon: number }): Tensor {
  const factor = scale(mul(p, total), 1, 2);
  if (epsilon === 0) return div(p.engine.tensor(Float32Array.of(1), [1]), factor);
  const square = mul(p, p);
  return div(square, scale(mul(square, factor), 1, epsilon));
}
