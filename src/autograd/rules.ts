import type { Tensor } from "../tensor/tensor.ts";
import type { Gradients, Vjp } from "./op.ts";
import { celuOp, eluOp, seluOp } from "./ops/activation-functions.ts";
import { deconvnetRelu, guidedRelu, positive } from "./ops/activations.ts";
import { preluOp } from "./ops/arithmetic.ts";
import type { Rules } from "./tape.ts";

/** Backward rules by the name people know them by; each replaces the VJP of the operations it names. */
export const backwardRules = {
  /** The ordinary gradient. */
  gradient: {},
  /** Only positive cotangents pass a ReLU (Zeiler and Fergus 2014). */
  deconvnet: { relu: deconvnetRelu, prelu: deconvnet, elu: deconvnet, selu: deconvnet, celu: deconvnet },
  /** Only positive cotangents, and only where the ReLU was open (Springenberg et al. 2015). */
  guided: {
    relu: guidedRelu,
    prelu: guided(preluOp.vjp),
    elu: guided(eluOp.vjp),
    selu: guided(seluOp.vjp),
    celu: guided(celuOp.vjp),
  },
} as const satisfies Record<string, Rules>;

/** A name in `backwardRules`: gradient, deconvnet or guided. */
export type RuleName = keyof typeof backwardRules;

// What has a ReLU's shape follows a ReLU's rules: leaky, clipped and thresholded ReLUs are operations `relu` themselves.

/** dx = dy * [dy > 0] */
function deconvnet(dy: Tensor): Gradients {
  return { x: positive(dy) };
}

/** dx = dy * f'(x) * [dy > 0] */
function guided<P>(vjp: Vjp<P>): Vjp<P> {
  return (dy, recorded) => vjp(positive(dy), recorded);
}
