import { adamKernel } from "../../kernels/optimizer.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { FusedOptimizer, type UpdateRule } from "./fused.ts";
import { checkNumber, LEAST_NORMAL } from "./numbers.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";

export interface AdamOptions extends OptimizerOptions {
  /** How slowly the mean of the gradients forgets; 0.9 unless given. */
  readonly beta1?: number;
  /** How slowly the mean of their squares forgets; 0.999 unless given. */
  readonly beta2?: number;
  /** Added to the root of the mean square before its bias is corrected; 1e-7 unless given. */
  readonly epsilon?: number;
}

/** Adam as Keras defines it; learning rate 0.001 unless given. PyTorch adds epsilon after the bias correction: its epsilon
 * is Keras' over sqrt(1 - beta2^t) at step t = 1, 2, ...
 * @throws ShapeError for parameters or options that it cannot take
 * @see Kingma and Ba 2014, end of section 2 */
export function adam(parameters: readonly Tensor[], options: AdamOptions = {}): Optimizer {
  return makeAdam("adam", parameters, options);
}

/** Adam with weight decay 0.004 unless given, as Keras' AdamW.
 * @throws ShapeError for parameters or options that it cannot take
 * @see Loshchilov and Hutter 2017 */
export function adamW(parameters: readonly Tensor[], options: AdamOptions = {}): Optimizer {
  return makeAdam("adamW", parameters, { weightDecay: 0.004, ...options });
}

function makeAdam(name: "adam" | "adamW", parameters: readonly Tensor[], options: AdamOptions): Optimizer {
  const beta1 = checkNumber(`${name}: beta1`, options.beta1 ?? 0.9, { least: 0, below: 1 });
  const beta2 = checkNumber(`${name}: beta2`, options.beta2 ?? 0.999, { least: 0, below: 1 });
  const epsilon = checkNumber(`${name}: epsilon`, options.epsilon ?? 1e-7, { least: LEAST_NORMAL });
  const rule: UpdateRule = {
    name,
    slots: ["momentum", "velocity"],
    learningRate: 0.001,
    encode: (engine, buffers, { step, rate, ...scalars }) => {
      // in float64: 1 - beta2 in float32 would err by a few 1e-5
      const corrected = (rate * Math.sqrt(1 - beta2 ** (step + 1))) / (1 - beta1 ** (step + 1));
      const gains = { gain1: 1 - beta1, gain2: 1 - beta2 };
      engine.run(adamKernel, buffers, { ...scalars, ...gains, rate: corrected, epsilon });
    },
  };
  return new FusedOptimizer(parameters, rule, options);
}
