import { ShapeError } from "../../errors.ts";
import {
  reluDeconvnetKernel,
  reluGuidedKernel,
  reluKernel,
  reluVjpKernel,
  sigmoidKernel,
  sigmoidVjpKernel,
} from "../../kernels/elementwise.ts";
import { softmaxKernels, softmaxVjpKernels } from "../../kernels/reduction.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, type Recorded, shown } from "../op.ts";

export interface ReluParams {
  readonly most: number;
}

/** Stands for "no upper bound": WGSL has no literal infinity. */
const UNBOUNDED = 3e38;

/** y = max(x, 0), or min(max(x, 0), max). Its gradient at 0 (and at max) is 0. */
export function relu(x: Tensor, options: { max?: number } = {}): Tensor {
  return reluOp.apply({ x }, { most: options.max ?? UNBOUNDED });
}

/** y = 1 / (1 + exp(-x)) */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp.apply({ x }, {});
}

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  return softmaxOp.apply({ x }, {});
}

/** Logarithm of the softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  return logSoftmaxOp.apply({ x }, {});
}

const reluOp = defineOp<ReluParams>({
  name: "relu",
  inputs: ["x"],
  save: ["x"],
  forward: (inputs, { most }) => {
    const x = need(inputs, "x");
    const y = x.engine.empty(x.shape);
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(reluKernel, ranges, { n: ranges.y.size / 4, most });
    });
    return y;
  },
  vjp: reluRule(reluVjpKernel),
});

/** dx = dy * [dy > 0]: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks". */
export const deconvnetRelu = reluRule(reluDeconvnetKernel);
/** dx = dy * [x > 0] * [dy > 0]: Springenberg et al. 2015, "Striving for simplicity". */
export const guidedRelu = reluRule(reluGuidedKernel);

function reluRule(kernel: typeof reluVjpKernel) {
  return (dy: Tensor, { inputs, params }: Recorded<ReluParams>) => {
    const x = need(inputs, "x");
    const dx = x.engine.empty(x.shape);
    overRows({ inputs: { x, dy }, outputs: { dx } }, (ranges) => {
      x.engine.run(kernel, ranges, { n: ranges.dx.size / 4, most: params.most });
    });
    return { x: dx };
  };
}

const sigmoidOp = defineOp({
  name: "sigmoid",
  inputs: ["x"],
  save: ["y"],
  forward: (inputs) => {
    const x = need(inputs, "x");
    const y = x.engine.empty(x.shape);
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(sigmoidKernel, ranges, { n: ranges.y.size / 4 });
    });
    return y;
  },
  vjp: (dy, { y }) => {
    const dx = dy.engine.empty(dy.shape);
    overRows({ inputs: { y, dy }, outputs: { dx } }, (ranges) => {
      dy.engine.run(sigmoidVjpKernel, ranges, { n: ranges.dx.size / 4 });
    });
    return { x: dx };
  },
});

function softmaxOpOf(name: string, kind: "softmax" | "log") {
  return defineOp({
    name,
    inputs: ["x"],
    save: ["y"],
    forward: (inputs) => {
      const x = need(inputs, "x");
      const C = x.shape.at(-1);
      if (!C) throw new ShapeError(`${name}: ${shown("x", x)} has no last axis to normalise over`);
      const y = x.engine.empty(x.shape);
      overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
        x.engine.run(softmaxKernels[kind], ranges, { rows: ranges.y.size / 4 / C, C });
      });
      return y;
    },
    vjp: (dy, { y }) => {
      const C = y.shape.at(-1) ?? 1;
      const dx = dy.engine.empty(dy.shape);
      overRows({ inputs: { y, dy }, outputs: { dx } }, (ranges) => {
        dy.engine.run(softmaxVjpKernels[kind], ranges, { rows: ranges.dx.size / 4 / C, C });
      });
      return { x: dx };
    },
  });
}

const softmaxOp = softmaxOpOf("softmax", "softmax");
const logSoftmaxOp = softmaxOpOf("log_softmax", "log");
