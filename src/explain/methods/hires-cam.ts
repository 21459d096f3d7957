import { positive } from "../../autograd/ops/activations.ts";
import { mul } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/reduce.ts";
import type { RuleOptions } from "../../autograd/rules.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import { fromLayerGradient } from "./layer-gradient.ts";

/** sum_k g A: every position keeps the gradient of its own.
 * @see Draelos and Carin 2020, "Use HiResCAM instead of Grad-CAM", eq. 4 */
export function hiResCam(question: Question, node: TapeNode, options: RuleOptions = {}): Promise<HeatMap[]> {
  return fromLayerGradient(question, node, {
    ...options,
    method: "hirescam",
    weigh: ({ A, g }) => ({ map: sum(mul(g, A), { axes: [3] }) }),
  });
}

/** sum_k ReLU(g) A: as HiResCAM, of the positive gradients alone.
 * @see Jiang et al. 2021, "LayerCAM", eq. 5 to 7 */
export function layerCam(question: Question, node: TapeNode, options: RuleOptions = {}): Promise<HeatMap[]> {
  return fromLayerGradient(question, node, {
    ...options,
    method: "layercam",
    weigh: ({ A, g }) => ({ map: sum(mul(positive(g), A), { axes: [3] }) }),
  });
}
