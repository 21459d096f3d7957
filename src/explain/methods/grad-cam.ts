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

/** Grad-CAM at several layers from one walk back; a list of rows for each layer. */
export function gradCamSweep(question: Question, nodes: readonly TapeNode[]): Promise<HeatMap[][]> {
  const { run } = question;
  return run.encode(() => {
    const walk = walkOf("gradcam", "gradient");
    const outputs = nodes.map(({ output }) => output);
    const gradients = run.gradients(run.ask(question.targets), outputs);
    const maps = nodes.map((node, i) => encodeMap(question, node, { dA: gradients[i], walk }));
    return {
      tensors: maps.flatMap(({ tensors }) => tensors),
      finish: (data) => maps.map(({ finish }, i) => finish(data.slice(2 * i, 2 * i + 2))),
    };
  });
}

function mapOf(question: Question, node: TapeNode, walk: Walk): Promise<HeatMap[]> {
  const { run } = question;
  return run.encode(() => {
    const [dA] = run.gradients(run.ask(question.targets), [node.output], walk);
    return encodeMap(question, node, { dA, walk });
  });
}

function encodeMap(
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
