import type { TapeNode } from "../../autograd/tape.ts";
import { nearest, UnknownNameError } from "../../errors.ts";
import { alphaBetaRule, epsilonRule, flatRule, gammaRule, type LrpRule, zBoxRule, zPlusRule } from "./rules.ts";

/** What becomes of the relevance that biases contribute to. */
export type BiasShare = "absorb" | "none";

/** Which rule which layer gets. The first of these that speaks of a layer counts: `layers`, `first`, then its kind. */
export interface Composite {
  /** For provenance. */
  readonly name: string;
  /** Of layers by name or pattern. */
  readonly layers?: readonly (readonly [layer: string | RegExp, rule: LrpRule])[];
  /** Of the layers that see the picture, with no other convolution or dense layer before them. */
  readonly first?: LrpRule;
  /** Of first layers that are dense, where `first` is for convolutions alone. */
  readonly firstDense?: LrpRule;
  readonly conv: LrpRule;
  readonly dense: LrpRule;
  /** Whether biases take their share of relevance, which is then lost to the input ("absorb", unless given: Bach et al.
   * 2015, and zennit), or none ("none"). Merged batch norm makes large biases: a deep network keeps far more with
   * "none", all but what arrives at units that no input excites. */
  readonly bias?: BiasShare;
  /** Added, with its sign, to the denominators of all rules but epsilon's; 1e-6 unless given. */
  readonly stabilizer?: number;
}

const epsilon = epsilonRule();
const composites = [
  { name: "epsilon-plus-flat", first: flatRule(), conv: zPlusRule(), dense: epsilon },
  { name: "epsilon-plus", conv: zPlusRule(), dense: epsilon },
  { name: "epsilon-gamma-box", first: zBoxRule(), firstDense: epsilon, conv: gammaRule(), dense: epsilon },
  { name: "epsilon-alpha2-beta1-flat", first: flatRule(), conv: alphaBetaRule(2, 1), dense: epsilon },
  { name: "epsilon-alpha2-beta1", conv: alphaBetaRule(2, 1), dense: epsilon },
  { name: "epsilon", conv: epsilon, dense: epsilon },
  { name: "gamma", conv: gammaRule(), dense: gammaRule() },
  { name: "z-plus", conv: zPlusRule(), dense: zPlusRule() },
] as const satisfies readonly Composite[];

/** Composites by the names that zennit and the literature give them; "epsilon", "gamma" and "z-plus" have one rule for
 * all layers. */
export type CompositeName = (typeof composites)[number]["name"];

export const compositeNames: readonly CompositeName[] = composites.map(({ name }) => name);

/** @throws UnknownNameError with the nearest name */
export function compositeOf(choice: CompositeName | Composite): Composite {
  if (typeof choice === "object") return choice;
  const found = composites.find(({ name }) => name === choice);
  if (found) return found;
  const guess = nearest(choice, compositeNames);
  const advice = guess ? `did you mean "${guess}"?` : `there are ${compositeNames.join(", ")}`;
  throw new UnknownNameError(`lrp: there is no composite "${choice}"; ${advice}`);
}

/** The rule of a convolution or dense layer. */
export function ruleOf(composite: Composite, node: TapeNode, isFirst: boolean): LrpRule {
  const layer = node.label.split("/")[0] ?? node.label;
  const named = composite.layers?.find(([name]) =>
    typeof name === "string" ? name === layer || name === node.label : name.test(layer),
  );
  if (named) return named[1];
  const dense = node.op.name === "dense";
  if (isFirst && dense && composite.firstDense) return composite.firstDense;
  if (isFirst && composite.first) return composite.first;
  return dense ? composite.dense : composite.conv;
}
