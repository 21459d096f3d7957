import { mul } from "../../autograd/ops/arithmetic.ts";
import { concat } from "../../autograd/ops/layout.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type BiasShare, type Composite, type CompositeName, compositeOf } from "../lrp/composites.ts";
import { relevanceRules } from "../lrp/relevance.ts";
import type { PixelMap } from "../pixel-map.ts";
import type { Question } from "../question.ts";
import { pixelMaps } from "./gradient.ts";

/** How relevance is propagated. */
export interface LrpOptions {
  /** Which layer gets which rule, by a name that is known or of one's own; "epsilon-plus-flat" unless given. */
  readonly composite?: CompositeName | Composite | undefined;
  /** What becomes of the relevance of biases: they "absorb" it, or, with "none", it is the inputs' too; as the
   * composite says unless given, and the known ones say "absorb". */
  readonly bias?: BiasShare | undefined;
  /** Relevance that there is at the start: the "value" of the target, which the map then adds up to as far as rules
   * conserve it, or "one". "value" unless given. */
  readonly start?: "value" | "one" | undefined;
}

/** Layer-wise relevance propagation to the samples of the input.
 * @throws UnknownNameError for a composite that is not known; NotDefinedError for an operation without a rule
 * @see    Bach et al. 2015; composites as in Montavon et al. 2019 and Kohlbrenner et al. 2020 */
export function lrp(question: Question, options: LrpOptions = {}): Promise<PixelMap[]> {
  const chosen = compositeOf(options.composite ?? "epsilon-plus-flat");
  const { start = "value", bias = chosen.bias ?? "absorb" } = options;
  const composite = { ...chosen, bias };
  return question.run.encode(() => {
    const [values] = relevance(question, [question.run.input], { composite, start });
    const facts = { method: "lrp", rule: composite.name, options: { start, bias } };
    return pixelMaps(question, values ?? question.run.engine.zeros(question.run.input.shape), facts);
  });
}

/** Relevance of recorded tensors, each with a row for every target and picture; see `lrp`. */
export function relevance(
  { run, targets }: Question,
  wrt: readonly Tensor[],
  { composite, start }: { readonly composite: Composite; readonly start: "value" | "one" },
): Tensor[] {
  const asked = run.ask(targets).map((one) => (start === "one" ? one : { ...one, seed: mul(one.seed, one.y) }));
  const [first] = asked;
  const together = first && asked.every(({ y }) => y === first.y);
  // what belongs to a layer depends on where a walk starts
  const walks = (together ? [asked] : asked.map((one) => [one])).map((group) =>
    group[0] ? run.gradients(group, wrt, { rules: relevanceRules(run, group[0].y, composite) }) : [],
  );
  return wrt.map((_, i) => {
    const rows = walks.flatMap((gradients) => gradients[i] ?? []);
    return rows.length === 1 && rows[0] ? rows[0] : concat(rows, 0);
  });
}
