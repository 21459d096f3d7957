import {
  type ActivationConstants,
  type ActivationKind,
  activationKernels,
  activationVjpKernels,
} from "../../kernels/activation.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, type Recorded, type TypedOp } from "../op.ts";

/** x, below 0 alpha (exp(x) - 1): Clevert et al. 2016. */
export function elu(x: Tensor, options: { alpha?: number } = {}): Tensor {
  return eluOp.apply({ x }, { a: 1, b: options.alpha ?? 1, c: 1 });
}

/** ELU with the constants of self-normalising networks: Klambauer et al. 2017. */
export function selu(x: Tensor): Tensor {
  return seluOp.apply({ x }, { a: SELU_SCALE, b: SELU_SCALE * SELU_ALPHA, c: 1 });
}

/** x, below 0 alpha (exp(x / alpha) - 1): its slope has no step at 0 for any alpha (over 0). */
export function celu(x: Tensor, options: { alpha?: number } = {}): Tensor {
  const { alpha = 1 } = options;
  return celuOp.apply({ x }, { a: 1, b: alpha, c: 1 / alpha });
}

/** x P(X <= x), X normally distributed; `approximate`: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
export function gelu(x: Tensor, options: { approximate?: boolean } = {}): Tensor {
  return (options.approximate ? geluTanhOp : geluOp).apply({ x }, {});
}

/** x sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return siluOp.apply({ x }, {});
}

/** x tanh(softplus(x)) */
export function mish(x: Tensor): Tensor {
  return mishOp.apply({ x }, {});
}

/** slope x + 0.5, kept within 0 and 1. The slope is 1/6 in Keras 3 and PyTorch; it was 1/5 in Keras 1 and 2.
 * @param options endsPass: whether the gradient passes where the line just reaches 0 or 1, as in Keras 1 and 2 */
export function hardSigmoid(x: Tensor, options: { slope?: number; endsPass?: boolean } = {}): Tensor {
  const { slope = 1 / 6, endsPass = false } = options;
  return hardSigmoidOp.apply({ x }, { a: slope, b: 0.5, c: 0, d: 1, endsPass });
}

/** (x + 1) / 2, kept within 0 and 1. */
export function sparseSigmoid(x: Tensor): Tensor {
  return sparseSigmoidOp.apply({ x }, { a: 0.5, b: 0.5, c: 0, d: 1 });
}

/** x, kept within -1 and 1; the gradient passes at these two, as in TensorFlow. */
export function hardTanh(x: Tensor): Tensor {
  return hardTanhOp.apply({ x }, { a: 1, b: 0, c: -1, d: 1, endsPass: true });
}

/** x hardSigmoid(x), also called hard swish. */
export function hardSilu(x: Tensor): Tensor {
  return hardSiluOp.apply({ x }, {});
}

/** log(1 + exp(x)) */
export function softplus(x: Tensor): Tensor {
  return softplusOp.apply({ x }, { a: 1 });
}

/** log(sigmoid(x)) */
export function logSigmoid(x: Tensor): Tensor {
  return logSigmoidOp.apply({ x }, { a: -1 });
}

/** x / (1 + |x|) */
export function softsign(x: Tensor): Tensor {
  return softsignOp.apply({ x }, {});
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return tanhOp.apply({ x }, {});
}

/** x - tanh(x) */
export function tanhShrink(x: Tensor): Tensor {
  return tanhShrinkOp.apply({ x }, {});
}

/** exp(x) */
export function exponential(x: Tensor): Tensor {
  return exponentialOp.apply({ x }, {});
}

/** (x + sqrt(x^2 + b)) / 2 */
export function squareplus(x: Tensor, options: { b?: number } = {}): Tensor {
  return squareplusOp.apply({ x }, { a: options.b ?? 4 });
}

/** 0 below -1, x above 1, (x + 1)^2 / 4 between. */
export function sparsePlus(x: Tensor): Tensor {
  return sparsePlusOp.apply({ x }, {});
}

/** x where it is over `threshold`, else `value`. */
export function threshold(x: Tensor, options: { threshold: number; value: number }): Tensor {
  return thresholdOp.apply({ x }, { a: options.threshold, b: options.value });
}

/** x - threshold above it, x + threshold below -threshold, 0 between. */
export function softShrink(x: Tensor, options: { threshold?: number } = {}): Tensor {
  return softShrinkOp.apply({ x }, { a: options.threshold ?? 0.5 });
}

/** x where |x| is over the threshold, else 0. */
export function hardShrink(x: Tensor, options: { threshold?: number } = {}): Tensor {
  return hardShrinkOp.apply({ x }, { a: options.threshold ?? 0.5 });
}

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

export interface ActivationParams extends ActivationConstants {
  /** Of CLAMP: whether the gradient passes at the ends of the line. */
  readonly endsPass?: boolean;
}

/** What all of these have in common: the gradient needs x alone. */
function activation(name: string, kind: ActivationKind): TypedOp<ActivationParams> {
  const slopeConstants = kind === "CLAMP" ? lineOf : all;
  return defineOp<ActivationParams>({
    name,
    forward: (inputs, constants) => {
      const x = need(inputs, "x");
      const y = x.engine.empty(x.shape);
      overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
        x.engine.run(activationKernels[kind], ranges, { n: ranges.y.size / 4, ...all(constants) });
      });
      return y;
    },
    vjp: (dy: Tensor, { inputs, params }: Recorded<ActivationParams>) => {
      const x = need(inputs, "x");
      const dx = x.engine.empty(x.shape);
      overRows({ inputs: { x, dy }, outputs: { dx } }, (ranges) => {
        x.engine.run(activationVjpKernels[kind], ranges, { n: ranges.dx.size / 4, ...slopeConstants(params) });
      });
      return { x: dx };
    },
  });
}

function all({ a = 0, b = 0, c = 0, d = 0 }: ActivationConstants): Required<ActivationConstants> {
  return { a, b, c, d };
}

/** Where the line a x + b meets c and d: by arithmetic on x, rounding would decide about the ends. */
function lineOf({ endsPass, ...constants }: ActivationParams): Required<ActivationConstants> {
  const { a, b, c, d } = all(constants);
  return { a, b: Number(!!endsPass), c: (c - b) / a, d: (d - b) / a };
}

export const eluOp = activation("elu", "ELU");
export const seluOp = activation("selu", "ELU");
export const celuOp = activation("celu", "ELU");
const geluOp = activation("gelu", "GELU");
const geluTanhOp = activation("gelu_tanh", "GELU_TANH");
const siluOp = activation("silu", "SILU");
const mishOp = activation("mish", "MISH");
const hardSigmoidOp = activation("hard_sigmoid", "CLAMP");
const sparseSigmoidOp = activation("sparse_sigmoid", "CLAMP");
const hardTanhOp = activation("hard_tanh", "CLAMP");
const hardSiluOp = activation("hard_silu", "HARD_SILU");
const softplusOp = activation("softplus", "SOFTPLUS");
const logSigmoidOp = activation("log_sigmoid", "SOFTPLUS");
const softsignOp = activation("softsign", "SOFTSIGN");
const tanhOp = activation("tanh", "TANH");
const tanhShrinkOp = activation("tanh_shrink", "TANH_SHRINK");
const exponentialOp = activation("exponential", "EXPONENTIAL");
const squareplusOp = activation("squareplus", "SQUAREPLUS");
const sparsePlusOp = activation("sparse_plus", "SPARSE_PLUS");
const thresholdOp = activation("threshold", "THRESHOLD");
const softShrinkOp = activation("soft_shrink", "SOFT_SHRINK");
const hardShrinkOp = activation("hard_shrink", "HARD_SHRINK");
