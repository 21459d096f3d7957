import { need, type Recorded, type Vjp } from "../../autograd/op.ts";
import { mul } from "../../autograd/ops/arithmetic.ts";
import { stabilizedQuotient } from "../../autograd/ops/quotient.ts";
import type { NodeRule, TapeNode } from "../../autograd/tape.ts";
import { NotDefinedError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Recording } from "../recording.ts";
import { boxAt, onesAt } from "./bounds.ts";
import { type Canonical, canonical, LINEAR } from "./canonical.ts";
import { type Composite, ruleOf } from "./composites.ts";
import { forward, mergedWeights, propagate, type Term } from "./linear.ts";
import { sharesOf } from "./shares.ts";

const STABILIZER = 1e-6;

/** What changes each element by itself: relevance stays where it is. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  ...["relu", "prelu", "elu", "selu", "celu", "gelu", "gelu_tanh", "silu", "mish", "sigmoid", "hard_sigmoid"],
  ...["sparse_sigmoid", "hard_tanh", "hard_silu", "softplus", "log_sigmoid", "softsign", "tanh", "tanh_shrink"],
  ...["exponential", "squareplus", "sparse_plus", "threshold", "soft_shrink", "hard_shrink"],
  ...["scale", "channel_affine", "batch_norm"],
]);
/** What moves elements or picks one of several: relevance goes where the gradient does. */
const ROUTES: ReadonlySet<string> = new Set([
  ...["reshape", "concat", "zero_pad", "permute", "slice"],
  ...["max_pool", "global_max_pool", "max", "maximum", "minimum"],
]);
/** What adds elements up: each gets the share that it contributed. */
const SUMS: ReadonlySet<string> = new Set(["add", "sub", "avg_pool", "global_avg_pool", "mean", "sum", "resize"]);
/** What opens and closes a gate, where it is multiplied with something. */
const GATES: ReadonlySet<string> = new Set(["sigmoid", "hard_sigmoid", "tanh", "softmax"]);

/** Layer-wise relevance propagation as backward rules of one walk from y: with a seed that is relevance, the gradients
 * that the tape gives are relevance too.
 * @returns what `Tape.backward` takes as `rules`; it throws NotDefinedError for an operation that has no rule */
export function relevanceRules(
  run: Recording,
  y: Tensor,
  composite: Composite,
): (node: TapeNode) => NodeRule | undefined {
  const { stabilizer = STABILIZER } = composite;
  const network = canonical(run.tape, y);
  return (node) => {
    const { name } = node.op;
    if (LINEAR.has(name)) return linearRule(run, node, { network, composite });
    const activations = Object.values(node.inputs).filter((input) => input && network.isActivation(input));
    if (network.absorbed.has(node) || ELEMENTWISE.has(name)) return passRule;
    if (ROUTES.has(name)) return undefined;
    if (["add", "sub", "mul"].includes(name) && activations.length === 1) return passRule;
    if (SUMS.has(name)) return sumRule(node, stabilizer);
    if (name === "mul") return gateRule(run, node, stabilizer);
    throw refusal(node);
  };
}

function linearRule(
  run: Recording,
  node: TapeNode,
  { network, composite }: { readonly network: Canonical; readonly composite: Composite },
): NodeRule {
  const { tape } = run;
  const rule = ruleOf(composite, node, network.first.has(node));
  const merged = network.merged.get(node) ?? [];
  const x = need(node.inputs, "x");
  const y = merged.at(-1)?.output ?? node.output;
  const stabilizer = rule.rule === "epsilon" ? rule.epsilon : (composite.stabilizer ?? STABILIZER);
  const vjp: Vjp<unknown> = (R) => {
    const { w, b } = mergedWeights(node, merged);
    const view = {
      ...(composite.bias === "none" ? { x, w, b: undefined, y: undefined } : { x, w, b, y }),
      forward: (term: Term) => forward(node, term),
      nonNegative: network.isNonNegative(x),
      ones: () => onesAt(tape, x),
      box: () => boxAt(run, x, rule.rule === "z-box" ? rule : {}),
    };
    return { x: propagate(node, R, { shares: sharesOf(rule, view), stabilizer }) };
  };
  return { vjp, reads: [] };
}

const passRule: NodeRule = {
  vjp: (R, { inputs, wanted }) =>
    Object.fromEntries([...wanted].map((name) => [name, R.withShape(need(inputs, name).shape)])),
  reads: [],
};

/** R_i = x_i dy/dx_i R / y for a sum y: the epsilon rule of what has no weights. */
function sumRule({ op }: TapeNode, epsilon: number): NodeRule {
  const vjp: Vjp<unknown> = (R, recorded) => shared(R, recorded, { op, epsilon });
  return { vjp };
}

/** A signal times a gate (squeeze and excitation): all relevance is the signal's.
 * @see Arras et al. 2017, "Explaining recurrent neural network predictions in sentiment analysis", section 3.2 */
function gateRule({ tape }: Recording, node: TapeNode, epsilon: number): NodeRule {
  const isGate = (tensor: Tensor | undefined): boolean => {
    const producer = tensor && tape.producerOf(tensor);
    if (producer?.op.name === "reshape") return isGate(producer.inputs.x);
    return producer !== undefined && GATES.has(producer.op.name);
  };
  const signals = Object.keys(node.inputs).filter((name) => !isGate(node.inputs[name]));
  if (signals.length !== 1) throw refusal(node);
  const vjp: Vjp<unknown> = (R, recorded) =>
    shared(R, { ...recorded, wanted: new Set(signals) }, { op: node.op, epsilon });
  return { vjp };
}

function shared(
  R: Tensor,
  recorded: Recorded<unknown>,
  { op, epsilon }: Pick<TapeNode, "op"> & { readonly epsilon: number },
) {
  const gradients = op.vjp(stabilizedQuotient(R, recorded.y, { epsilon }), recorded);
  const names = [...recorded.wanted].filter((name) => gradients[name]);
  return Object.fromEntries(names.map((name) => [name, mul(need(recorded.inputs, name), need(gradients, name))]));
}

function refusal({ op, label }: TapeNode): NotDefinedError {
  const advice =
    op.name === "softmax" || op.name === "log_softmax"
      ? "Explain a score before it: classLogit(c), not classProbability(c)."
      : "Use a method that needs gradients alone, such as inputXGradient() or integratedGradients().";
  return new NotDefinedError(`lrp: no rule hands relevance through "${op.name}" of layer "${label}". ${advice}`);
}
