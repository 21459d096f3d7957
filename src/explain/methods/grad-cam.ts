import { scale } from "../../autograd/ops/arithmetic.ts";
import { mean } from "../../autograd/ops/reduce.ts";
import type { RuleOptions } from "../../autograd/rules.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import type { Encoded } from "../recording.ts";
import { heatMaps, weighted } from "./class-maps.ts";
import { type Walk, walkOf } from "./gradient.ts";

/** Gradient-weighted class activation map; HeatMap's `relu` applies the ReLU of eq. 2.
 * @see Selvaraju et al. 2017, eq. 1 and 2 */
export function gradCam(question: Question, node: TapeNode, options: RuleOptions = {}): Promise<HeatMap[]> {
  return mapOf(question, node, walkOf("gradcam", "gradient", options));
}

/** Grad-CAM weighed by minus the gradient: the evidence against the target.
 * @see Selvaraju et al. 2017, section 3.3 */
export function counterfactual(question: Question, node: TapeNode, options: RuleOptions = {}): Promise<HeatMap[]> {
  return mapOf(question, node, walkOf("counterfactual", "gradient", options));
}

function mapOf(question: Question, node: TapeNode, walk: Walk): Promise<HeatMap[]> {
  const { run } = question;
  return run.encode(() => {
    const [dA] = run.gradients(run.ask(question.targets), [node.output], walk);
    return encodeMap(question, node, { dA, walk });
  });
}

/** The map of a node from the gradient at it. */
export function encodeMap(
  question: Question,
  node: TapeNode,
  { dA, walk }: { dA: Tensor | undefined; walk: Walk },
): Encoded<HeatMap[]> {
  const { rules: _, ...facts } = walk;
  if (!dA) throw new ShapeError(`${facts.method}: no gradient at the layer`);
  // alpha_k = mean of dy/dA over positions (eq. 1), [rows, 1, 1, k]
  const towards = mean(dA, { axes: [1, 2], keepDims: true });
  const alpha = facts.method === "counterfactual" ? scale(towards, -1) : towards;
  const map = weighted(question, node.output, alpha);
  return heatMaps(question, node, { map, alpha, ...facts });
}
