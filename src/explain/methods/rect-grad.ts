import { type RuleOptions, rectGradRules } from "../../autograd/rules.ts";
import { ShapeError } from "../../errors.ts";
import type { PixelMap } from "../pixel-map.ts";
import type { Question } from "../question.ts";
import { inputGradient } from "./gradient.ts";

export interface RectGradOptions extends RuleOptions {
  /** Share of a layer's units, the least important, that pass nothing back; 0.98 unless given. */
  readonly q?: number;
}

/** Rectified gradient: of each layer of ReLUs, only the units with the largest product of activation and cotangent pass
 * the cotangent on.
 * @throws ShapeError for a q outside 0..1
 * @see    Kim et al. 2019, "Why are saliency maps noisy?", section 4.1 */
export async function rectGrad(question: Question, options: RectGradOptions = {}): Promise<PixelMap[]> {
  const { q = 0.98, relaxMaxPool = false } = options;
  if (!(q >= 0 && q <= 1)) throw new ShapeError(`rectGrad: q is ${q}; give a share from 0 to 1`);
  const facts = { q, ...(relaxMaxPool ? { relaxMaxPool } : {}) };
  return inputGradient(question, {
    method: "rectgrad",
    rule: "rectgrad",
    rules: rectGradRules(q, { relaxMaxPool }),
    options: facts,
  });
}
