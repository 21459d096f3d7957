import { rmsPropKernel } from "../../kernels/optimizer.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { FusedOptimizer, type UpdateRule } from "./fused.ts";
import { checkNumber, LEAST_NORMAL } from "./numbers.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";

export interface RmsPropOptions extends OptimizerOptions {
  /** How slowly the mean of the squared gradients forgets; 0.9 unless given. */
  readonly rho?: number;
  /** Share of the last step that is made again, from 0 to 1; 0 unless given. */
  readonly momentum?: number;
  /** Added to the mean square, under the root; 1e-7 unless given. */
  readonly epsilon?: number;
  /** Divides by an estimate of the variance rather than of the mean square. */
  readonly centered?: boolean;
}

/** RMSprop as Keras defines it; learning rate 0.001 unless given. PyTorch adds epsilon after the root and keeps the learning
 * rate out of the momentum.
 * @throws ShapeError for parameters or options that it cannot take
 * @see Tieleman and Hinton 2012, lecture 6e; Graves 2013, eq. 38-45 */
export function rmsProp(parameters: readonly Tensor[], options: RmsPropOptions = {}): Optimizer {
  const rho = checkNumber("rmsProp: rho", options.rho ?? 0.9, { least: 0, below: 1 });
  const momentum = checkNumber("rmsProp: momentum", options.momentum ?? 0, { least: 0, most: 1 });
  const epsilon = checkNumber("rmsProp: epsilon", options.epsilon ?? 1e-7, { least: LEAST_NORMAL });
  const { centered = false } = options;
  const own = { rho, gain: 1 - rho, momentum, epsilon, centered: Number(centered) };
  const rule: UpdateRule = {
    name: "rmsProp",
    slots: ["velocity", ...(centered ? ["average_gradient"] : []), ...(momentum > 0 ? ["momentum"] : [])],
    learningRate: 0.001,
    encode: (engine, buffers, scalars) => engine.run(rmsPropKernel, buffers, { ...scalars, ...own }),
  };
  return new FusedOptimizer(parameters, rule, options);
}
