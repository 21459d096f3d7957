import { div, mul, scale } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/reduce.ts";
import type { RuleOptions } from "../../autograd/rules.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import { fromLayerGradient } from "./layer-gradient.ts";

/** Keeps the weight of a channel without activation 0 over something. */
const EPSILON = 1e-7;

/** sum_k w_k A_k with w = sum(g A) / (sum A + 1e-7): the mean of the gradient, weighed by the activation.
 * @see Fu et al. 2020, "Axiom-based Grad-CAM", eq. 8 */
export function xGradCam(question: Question, node: TapeNode, options: RuleOptions = {}): Promise<HeatMap[]> {
  const overPositions = { axes: [1, 2], keepDims: true };
  return fromLayerGradient(question, node, {
    ...options,
    method: "xgradcam",
    weigh: ({ A, g }) => {
      const alpha = div(sum(mul(g, A), overPositions), scale(sum(A, overPositions), 1, EPSILON));
      return { map: sum(mul(A, alpha), { axes: [3] }), alpha };
    },
  });
}
