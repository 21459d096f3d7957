import { sgdKernel } from "../../kernels/optimizer.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { FusedOptimizer, type UpdateRule } from "./fused.ts";
import { checkNumber } from "./numbers.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";

export interface SgdOptions extends OptimizerOptions {
  /** Share of the last step that is made again, from 0 to 1; 0 unless given. */
  readonly momentum?: number;
  /** Nesterov's momentum: looks ahead by the momentum before it steps. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent with momentum, as Keras defines it; learning rate 0.01 unless given. Without momentum it
 * keeps no arrays. The learning rate is part of the momentum, as in Keras; PyTorch's stays outside, which differs only while
 * a schedule changes it.
 * @throws ShapeError for parameters or options that it cannot take */
export function sgd(parameters: readonly Tensor[], options: SgdOptions = {}): Optimizer {
  const momentum = checkNumber("sgd: momentum", options.momentum ?? 0, { least: 0, most: 1 });
  const nesterov = Number(options.nesterov ?? false);
  const rule: UpdateRule = {
    name: "sgd",
    slots: momentum > 0 ? ["momentum"] : [],
    learningRate: 0.01,
    encode: (engine, buffers, scalars) => engine.run(sgdKernel, buffers, { ...scalars, momentum, nesterov }),
  };
  return new FusedOptimizer(parameters, rule, options);
}
