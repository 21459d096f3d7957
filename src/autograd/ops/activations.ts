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
import { middle } from "./sums.ts";

export interface ReluParams {
  readonly most: number;
  readonly slope?: number;
  readonly threshold?: number;
}

export interface ReluOptions {
  /** Largest value; none unless given. */
  readonly max?: number;
  /** Of what is at or below the threshold; 0 unless given. */
  readonly slope?: number;
  /** 0 unless given. */
  readonly threshold?: number;
}

/** Stands for "no upper bound": WGSL has no literal infinity. */
const UNBOUNDED = 3e38;

/** y = min(x, max) above the threshold, else slope (x - threshold): Keras' ReLU. At its corners the gradient is what
 * TensorFlow makes of Keras' code: at 0 the slope, but 0 for a ReLU that also has a threshold or a max; at max 1, but 0 at
 * the 6 of ReLU6. */
export function relu(x: Tensor, options: ReluOptions = {}): Tensor {
  const { max = UNBOUNDED, ...rest } = options;
  return reluOp.apply({ x }, { most: max, ...rest });
}

/** y = x where it is positive, else slope x. */
export function leakyRelu(x: Tensor, options: { slope?: number } = {}): Tensor {
  return relu(x, { slope: options.slope ?? 0.2 });
}

/** y = 1 / (1 + exp(-x)) */
export function sigmoid(x: Tensor): Tensor {
  return sigmoidOp.apply({ x }, {});
}

/** Softmax over one axis, the last unless given, or over several that follow each other.
 * @throws ShapeError if x has no such axis, or over rows (axis 0) of a tensor that several buffers hold */
export function softmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  return softmaxOp.apply({ x }, options);
}

/** Logarithm of the softmax.
 * @throws ShapeError as softmax does */
export function logSoftmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  return logSoftmaxOp.apply({ x }, options);
}

export interface SoftmaxOptions {
  /** One axis, or the first and the last of several; counted from the end if negative. */
  readonly axis?: number | readonly [number, number];
}

const reluOp = defineOp<ReluParams>({
  name: "relu",
  reads: ["x"],
  forward: (inputs, params) => rectified(need(inputs, "x"), params),
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
      x.engine.run(kernel, ranges, { n: ranges.dx.size / 4, ...constants(params), ...cornersOf(params) });
    });
    return { x: dx };
  };
}

/** dx = dy * [gate > 0], of which no tape hears. */
export function passWherePositive(dy: Tensor, gate: Tensor): Tensor {
  const recorded = { inputs: { x: gate }, y: gate, params: { most: UNBOUNDED }, wanted: new Set(["x"]) };
  return reluOp.vjp(dy, recorded).x ?? dy;
}

/** max(x, 0), of which no tape hears. */
export function positive(x: Tensor): Tensor {
  return rectified(x, { most: UNBOUNDED });
}

function rectified(x: Tensor, params: ReluParams): Tensor {
  const y = x.engine.empty(x.shape);
  overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
    x.engine.run(reluKernel, ranges, { n: ranges.y.size / 4, ...constants(params) });
  });
  return y;
}

function constants({ most, slope = 0, threshold = 0 }: ReluParams): Required<ReluParams> {
  return { most, slope, threshold };
}

/** Slopes at the two corners. */
function cornersOf(params: ReluParams): { atThreshold: number; atMost: number } {
  const { most, slope, threshold } = constants(params);
  return {
    atThreshold: threshold === 0 && most === UNBOUNDED ? slope : 0,
    atMost: threshold === 0 && most === 6 ? 0 : 1,
  };
}

const sigmoidOp = defineOp({
  name: "sigmoid",
  reads: ["y"],
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
  return defineOp<SoftmaxOptions>({
    name,
    forward: (inputs, options) => {
      const x = need(inputs, "x");
      const { C, inner } = softmaxAxes(x, options, name);
      const y = x.engine.empty(x.shape);
      overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
        x.engine.run(softmaxKernels[kind], ranges, { rows: ranges.y.size / 4 / C, C, inner });
      });
      return y;
    },
    vjp: (dy, { y, params }) => {
      const { C, inner } = softmaxAxes(y, params, name);
      const dx = dy.engine.empty(dy.shape);
      overRows({ inputs: { y, dy }, outputs: { dx } }, (ranges) => {
        dy.engine.run(softmaxVjpKernels[kind], ranges, { rows: ranges.dx.size / 4 / C, C, inner });
      });
      return { x: dx };
    },
  });
}

/** How many values one softmax is over, and how far apart they lie. */
export function softmaxAxes(x: Tensor, { axis = -1 }: SoftmaxOptions, name: string): { C: number; inner: number } {
  const rank = x.shape.length;
  const [from, to] = typeof axis === "number" ? [axis, axis] : axis;
  const [first, last] = [from < 0 ? from + rank : from, to < 0 ? to + rank : to];
  const { R, inner } = middle(x.shape, first, last + 1);
  if (first < 0 || last < first || last >= rank || R === 0)
    throw new ShapeError(
      `${name}: ${shown("x", x)} has no ${axis === -1 ? "last axis" : `axis ${axis}`} to normalise over`,
    );
  if (first === 0 && x.storage.buffers.length > 1)
    throw new ShapeError(`${name}: ${shown("x", x)} is in several buffers; the axes behind the first are supported`);
  return { C: R, inner };
}

const softmaxOp = softmaxOpOf("softmax", "softmax");
const logSoftmaxOp = softmaxOpOf("log_softmax", "log");
