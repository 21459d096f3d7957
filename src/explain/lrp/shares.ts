import { add, mul, scale } from "../../autograd/ops/arithmetic.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { parts, type Share, type Term } from "./linear.ts";
import type { LrpRule } from "./rules.ts";

/** A linear layer as a rule sees it. */
export interface LayerView extends Term {
  /** Recorded output, with what is merged into the layer; undefined where its bias is not to count. */
  readonly y: Tensor | undefined;
  /** The layer's output for other inputs and weights. */
  readonly forward: (term: Term) => Tensor;
  /** Whether no input can be below 0, so that terms of negative inputs may be left out. */
  readonly nonNegative: boolean;
  /** Ones in the picture, zeros in its padding; of x's shape. */
  readonly ones: () => Tensor;
  /** The extremes of x. */
  readonly box: () => { readonly low: Tensor; readonly high: Tensor };
}

/** Rules as shares of relevance; those of several terms follow the sign of each contribution x_i w_ij. */
export function sharesOf(rule: LrpRule, layer: LayerView): Share[] {
  const { x, w } = layer;
  switch (rule.rule) {
    case "epsilon":
      return [{ terms: [{ x, w }], ...(layer.y ? { z: layer.y } : {}) }];
    case "flat":
      return [{ terms: [{ x: layer.ones(), w: filled(w, 1) }] }];
    case "w-square":
      return [{ terms: [{ x: layer.ones(), w: mul(w, w) }] }];
    case "z-box": {
      const { low, high } = layer.box();
      const { positive, negative } = parts(w);
      // the bias is no input's: its three parts would cancel
      const lowest = { x: low, w: scale(positive, -1) };
      const highest = { x: high, w: scale(negative, -1) };
      return [{ terms: [{ x, w }, lowest, highest] }];
    }
    case "alpha-beta":
      return alphaBeta(rule, layer);
    case "gamma":
      return gamma(rule.gamma, layer);
  }
}

function alphaBeta({ alpha, beta }: { readonly alpha: number; readonly beta: number }, layer: LayerView): Share[] {
  const { w, b } = layer;
  const weights = parts(w);
  const bias = b && parts(b);
  const supporting = { agree: weights.positive, oppose: weights.negative, b: bias?.positive };
  const contradicting = { agree: weights.negative, oppose: weights.positive, b: bias?.negative };
  const shares: Share[] = [];
  if (alpha !== 0) shares.push({ factor: alpha, terms: bySign(layer, supporting) });
  if (beta !== 0) shares.push({ factor: -beta, terms: bySign(layer, contradicting) });
  return shares;
}

function gamma(factor: number, layer: LayerView): Share[] {
  const { w, b } = layer;
  const weights = parts(w);
  const bias = b && parts(b);
  // without biases the sign is that of the contributions too: another one's denominators would pass 0
  const z = layer.y ?? layer.forward({ x: layer.x, w });
  const raised = (tensor: Tensor, part: Tensor) => add(tensor, scale(part, factor));
  const up = raised(w, weights.positive);
  const down = raised(w, weights.negative);
  const upper = { agree: up, oppose: down, b: b && bias && raised(b, bias.positive) };
  const lower = { agree: down, oppose: up, b: b && bias && raised(b, bias.negative) };
  return [
    { where: { sign: 1, of: z }, terms: bySign(layer, upper) },
    { where: { sign: -1, of: z }, terms: bySign(layer, lower) },
  ];
}

/** Positive inputs with one set of weights, negative ones with the other. */
function bySign(
  { x, nonNegative }: LayerView,
  { agree, oppose, b }: { readonly agree: Tensor; readonly oppose: Tensor; readonly b: Tensor | undefined },
): Term[] {
  if (nonNegative) return [{ x, w: agree, b }];
  const { positive, negative } = parts(x);
  return [
    { x: positive, w: agree, b },
    { x: negative, w: oppose },
  ];
}

/** A tensor like another, of one value. */
export function filled(like: Tensor, value: number): Tensor {
  return like.engine.tensor(new Float32Array(like.size).fill(value), like.shape);
}
