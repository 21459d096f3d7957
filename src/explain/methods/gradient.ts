import { backwardRules, type RuleName } from "../../autograd/rules.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { isBgr } from "../model-input.ts";
import { PixelMap } from "../pixel-map.ts";
import { provenanceOf, type Question } from "../question.ts";
import type { Encoded } from "../recording.ts";
import type { Provenance } from "../types.ts";
import { rowOf } from "./class-maps.ts";

/** The gradient of the target at the input, under a backward rule: saliency (Simonyan et al. 2014, section 3), deconvnet
 * (Zeiler and Fergus 2014) or guided backpropagation (Springenberg et al. 2015). */
export function inputGradient(question: Question, method: string, rule: RuleName): Promise<PixelMap[]> {
  const { run } = question;
  return run.encode(() => {
    const [dx] = run.gradients(run.ask(question.targets), [run.input], backwardRules[rule]);
    return pixelMaps(question, dx ?? run.engine.zeros(run.input.shape), { method, rule });
  });
}

/** Reads maps [rows, h, w, c] of the input's pixels. */
export function pixelMaps(
  question: Question,
  values: Tensor,
  facts: Pick<Provenance, "method" | "rule" | "layer" | "options">,
): Encoded<PixelMap[]> {
  const [rows, height, width, channels] = nhwc(values.shape, facts.method);
  const order = isBgr(question.run.model) ? "bgr" : "rgb";
  const finish = ([data]: TypedData[]) =>
    Array.from({ length: rows }, (_, row) => {
      const provenance = provenanceOf(question, row, facts);
      return new PixelMap(rowOf(data, { row, rows }), { width, height, channels, order, provenance });
    });
  return { tensors: [values], finish };
}
