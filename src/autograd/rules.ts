import type { Tensor } from "../tensor/tensor.ts";
import type { Gradients, Vjp } from "./op.ts";
import { celuOp, eluOp, seluOp } from "./ops/activation-functions.ts";
import { deconvnetRelu, guidedRelu, passWherePositive, positive } from "./ops/activations.ts";
import { mul, preluOp, sub } from "./ops/arithmetic.ts";
import { avgPoolOp } from "./ops/pooling.ts";
import { quantile } from "./ops/quantile.ts";
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

/** How a rule is varied. */
export interface RuleOptions {
  /** A max pool hands its cotangent to all pixels of a window alike, as an average pool does, in place of the greatest
   * alone, which jumps from pixel to pixel; false unless given. Global pools are left as they are.
   * @see Olah et al. 2018, "The building blocks of interpretability", whose software smooths the gradients of max pools so */
  readonly relaxMaxPool?: boolean | undefined;
}

/** Backward rules by name, varied. */
export function rulesOf(name: RuleName, { relaxMaxPool = false }: RuleOptions = {}): Rules {
  return relaxMaxPool ? { ...backwardRules[name], max_pool: avgPoolOp.vjp } : backwardRules[name];
}

/** RectGrad: of what comes back to a ReLU, dx = dy * [y dy > tau], where tau is the q-quantile of y dy over the layer's
 * units, of each picture by itself, its rank rounded down: with q below 1 something passes. With tau = 0 it is guided
 * backpropagation.
 * @param q from 0 to 1
 * @throws  ShapeError for another q, when the rule is used
 * @see     Kim et al. 2019, "Why are saliency maps noisy?", section 4.1 */
export function rectGradRules(q: number, { relaxMaxPool = false }: RuleOptions = {}): Rules {
  const rectified: Vjp<unknown> = (dy, { y }) => {
    const importance = mul(y, dy);
    const tau = quantile(importance, q);
    const perPicture = tau.withShape([tau.size, ...dy.shape.slice(1).map(() => 1)]);
    return { x: passWherePositive(dy, sub(importance, perPicture)) };
  };
  const rules = { relu: rectified, prelu: rectified, elu: rectified, selu: rectified, celu: rectified };
  return { ...rulesOf("gradient", { relaxMaxPool }), ...rules };
}

// What has a ReLU's shape follows a ReLU's rules: leaky, clipped and thresholded ReLUs are operations `relu` themselves.

/** dx = dy * [dy > 0] */
function deconvnet(dy: Tensor): Gradients {
  return { x: positive(dy) };
}

/** dx = dy * f'(x) * [dy > 0] */
function guided<P>(vjp: Vjp<P>): Vjp<P> {
  return (dy, recorded) => vjp(positive(dy), recorded);
}
