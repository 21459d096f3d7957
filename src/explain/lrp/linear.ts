import { allOps, need } from "../../autograd/op.ts";
import { relu } from "../../autograd/ops/activations.ts";
import { add, mul, scale, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import { stabilizedQuotient } from "../../autograd/ops/quotient.ts";
import { copies } from "../../autograd/stretch.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What takes the place of inputs, weights and bias in a rule. */
export interface Term {
  /** Of the recorded input's shape. */
  readonly x: Tensor;
  readonly w: Tensor;
  readonly b?: Tensor | undefined;
}

/** Relevance that is shared out by one denominator: R_i = factor sum_terms x_i sum_j w_ij R_j / stabilised(z_j), where
 * z is the sum of what the terms give. */
export interface Share {
  readonly terms: readonly Term[];
  readonly factor?: number;
  /** Counts only where the sign of a tensor of the output's shape is this one. */
  readonly where?: { readonly sign: 1 | -1; readonly of: Tensor };
  /** z, where it is recorded. */
  readonly z?: Tensor;
}

/** Weights and bias of a linear layer with what is merged into it: w' = w f and b' = b f + t for outputs f z + t. Made
 * anew for each walk; the model's own stay as they are. */
export function mergedWeights(node: TapeNode, merged: readonly TapeNode[]): { w: Tensor; b: Tensor | undefined } {
  let w = need(node.inputs, "w");
  let { b } = node.inputs;
  let { output } = node;
  for (const next of merged) {
    const { factor, offset } = channelNumbers(next, output);
    ({ output } = next);
    w = mul(w, reshape(factor, channelShape(node, w)));
    b = b ? add(mul(b, factor), offset) : offset;
  }
  return { w, b };
}

/** What a node that scales and shifts channels multiplies them by and adds to them, [channels] each. */
function channelNumbers(
  { op, inputs, output, params }: TapeNode,
  x: Tensor,
): { readonly factor: Tensor; readonly offset: Tensor } {
  const channels = output.shape.at(-1) ?? 1;
  const { engine } = output;
  const row = [1, channels];
  const name = Object.keys(inputs).find((key) => inputs[key] === x) ?? "x";
  const zeros = { ...inputs, [name]: engine.zeros(row) };
  const offset = op.apply(zeros, params);
  // of an affine function the derivative is the factor, without the rounding of a difference
  const ones = engine.tensor(new Float32Array(channels).fill(1), row);
  const { [name]: factor = ones } = op.vjp(ones, { inputs: zeros, y: offset, params, wanted: new Set([name]) });
  return { factor: reshape(factor, [channels]), offset: reshape(offset, [channels]) };
}

/** The shape in which a number for each output channel is multiplied with the weights. */
function channelShape({ op }: TapeNode, w: Tensor): readonly number[] {
  const [, , a = 1, b = 1] = w.shape;
  if (op.name === "depthwise_conv2d") return [a, b];
  if (op.name === "conv2d_transpose") return [a, 1];
  return [w.shape.at(-1) ?? 1];
}

/** Relevance of a linear layer's inputs.
 * @param R [k * n, ...] for n recorded pictures
 * @returns [k * n, ...] of the input's shape */
export function propagate(
  node: TapeNode,
  R: Tensor,
  { shares, stabilizer }: { readonly shares: readonly Share[]; readonly stabilizer: number },
): Tensor {
  const times = (R.shape[0] ?? 1) / Math.max(1, node.output.shape[0] ?? 1);
  const rows = (tensor: Tensor) => (times === 1 ? tensor : copies(tensor, times));
  const parts = shares.flatMap(({ terms, factor = 1, where, z = total(terms.map((term) => forward(node, term))) }) => {
    const counted = where ? passing(R, rows(where.sign === 1 ? where.of : scale(where.of, -1))) : R;
    const s = stabilizedQuotient(factor === 1 ? counted : scale(counted, factor), rows(z), { epsilon: stabilizer });
    return terms.map((term) => {
      const x = rows(term.x);
      return mul(x, backward(node, s, { ...term, x }));
    });
  });
  return total(parts);
}

/** The layer's output for other inputs, weights and bias. */
export function forward({ op, params }: TapeNode, { x, w, b }: Term): Tensor {
  if (op.name !== "conv2d_transpose") return op.apply({ x, w, b }, params);
  const z = op.apply({ x, w }, params);
  return b ? add(z, b) : z;
}

function backward({ op, params }: TapeNode, s: Tensor, { x, w }: Term): Tensor {
  // linear operations look at no value of y, nor at x's
  const { x: c } = op.vjp(s, { inputs: { x, w }, y: s, params, wanted: new Set(["x"]) });
  return need({ c }, "c");
}

/** R where y > 0, else 0: what the gradient of a ReLU lets through. */
function passing(R: Tensor, y: Tensor): Tensor {
  const op = allOps().get("relu");
  const gate = op?.vjp(R, { inputs: { x: y }, y, params: { most: 3e38 }, wanted: new Set(["x"]) });
  return need({ x: gate?.x }, "x");
}

function total(tensors: readonly Tensor[]): Tensor {
  const [first, ...rest] = tensors;
  return rest.reduce(add, need({ first }, "first"));
}

/** max(0, x) and min(0, x). */
export function parts(x: Tensor): { positive: Tensor; negative: Tensor } {
  const positive = relu(x);
  return { positive, negative: sub(x, positive) };
}
