import { ShapeError } from "../../errors.ts";
import { avgPoolKernel, avgPoolVjpKernel, maxPoolKernel, maxPoolVjpKernel } from "../../kernels/pooling.ts";
import { overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, type Inputs, need } from "../op.ts";
import { maxMiddleVjp } from "./maxima.ts";
import { broadcastMiddle, middle, reduceMiddle } from "./sums.ts";
import { type Padding, type Pair, type Window, windowOf } from "./window.ts";

/** How a window slides over a picture. */
export interface PoolOptions {
  /** Height and width of the window in pixels. */
  readonly size: Pair;
  /** Pixels from one window to the next; as `size` unless given. */
  readonly stride?: Pair;
  /** "valid" unless given. No window may lie in padding alone. */
  readonly padding?: Padding;
}

/** Largest value of each window, [n, h, w, c] -> [n, oh, ow, c]. Padding never wins; of pixels that tie, the first one
 * gets the gradient.
 * @throws ShapeError when the window does not fit, or lies in padding alone somewhere */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return maxPoolOp.apply({ x }, windowFor("maxPool2d", x, options));
}

/** Mean of each window over the pixels that lie in the picture (as TensorFlow), [n, h, w, c] -> [n, oh, ow, c].
 * @throws ShapeError when the window does not fit, or lies in padding alone somewhere */
export function avgPool2d(x: Tensor, options: PoolOptions): Tensor {
  return avgPoolOp.apply({ x }, windowFor("avgPool2d", x, options));
}

/** Mean over height and width, [n, h, w, c] -> [n, c], or [n, 1, 1, c] with keepDims. */
export function globalAvgPool(x: Tensor, options: { keepDims?: boolean } = {}): Tensor {
  return globalAvgOp.apply({ x }, { keepDims: options.keepDims ?? false });
}

/** Maximum over height and width, [n, h, w, c] -> [n, c], or [n, 1, 1, c] with keepDims. Pixels that tie share the
 * gradient evenly (as Keras). */
export function globalMaxPool(x: Tensor, options: { keepDims?: boolean } = {}): Tensor {
  return globalMaxOp.apply({ x }, { keepDims: options.keepDims ?? false });
}

function windowFor(what: string, x: Tensor, { size, stride = size, padding = "valid" }: PoolOptions): Window {
  const [, H, W] = nhwc(x.shape, what);
  const window = windowOf(H, W, { what, size, stride, padding });
  const { KH, KW, SH, SW, top, left, OH, OW } = window;
  if (top >= KH || left >= KW || (OH - 1) * SH - top >= H || (OW - 1) * SW - left >= W)
    throw new ShapeError(
      `${what}: padding ${JSON.stringify(padding)} leaves a window of ${KH}x${KW} without any pixel of ${H}x${W}; ` +
        "pad by less than the window on each side",
    );
  return window;
}

/** The scalars that the pooling kernels share; n counts the elements that a dispatch writes. */
function geometry(x: Tensor, { KH, KW, SH, SW, top, left, OH, OW }: Window) {
  const [, H, W, C] = nhwc(x.shape, "pool");
  return { H, W, C, OH, OW, KH, KW, SH, SW, top, left };
}

function poolForward(kernel: typeof maxPoolKernel) {
  return (inputs: Inputs, window: Window) => {
    const x = need(inputs, "x");
    const [N, , , C] = nhwc(x.shape, kernel.name);
    const y = x.engine.empty([N, window.OH, window.OW, C]);
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(kernel, ranges, { n: ranges.y.size / 4, ...geometry(x, window) });
    });
    return y;
  };
}

const maxPoolOp = defineOp<Window>({
  name: "max_pool",
  forward: poolForward(maxPoolKernel),
  vjp: (dy, { inputs, y, params }) => {
    const x = need(inputs, "x");
    const dx = x.engine.empty(x.shape);
    overRows({ inputs: { x, y, dy }, outputs: { dx } }, (ranges) => {
      x.engine.run(maxPoolVjpKernel, ranges, { n: ranges.dx.size / 4, ...geometry(x, params) });
    });
    return { x: dx };
  },
});

export const avgPoolOp = defineOp<Window>({
  name: "avg_pool",
  reads: [],
  forward: poolForward(avgPoolKernel),
  vjp: (dy, { inputs, params }) => {
    const x = need(inputs, "x");
    const dx = x.engine.empty(x.shape);
    overRows({ inputs: { dy }, outputs: { dx } }, (ranges) => {
      x.engine.run(avgPoolVjpKernel, ranges, { n: ranges.dx.size / 4, ...geometry(x, params) });
    });
    return { x: dx };
  },
});

function pooledShape(x: Tensor, what: string, keepDims: boolean): number[] {
  const [N, , , C] = nhwc(x.shape, what);
  return keepDims ? [N, 1, 1, C] : [N, C];
}

const globalAvgOp = defineOp<{ keepDims: boolean }>({
  name: "global_avg_pool",
  reads: [],
  forward: (inputs, { keepDims }) => {
    const x = need(inputs, "x");
    const m = middle(x.shape, 1, 3);
    return reduceMiddle(x, m, { shape: pooledShape(x, "globalAvgPool", keepDims), factor: 1 / m.R });
  },
  vjp: (dy, { inputs }) => {
    const { shape } = need(inputs, "x");
    const m = middle(shape, 1, 3);
    return { x: broadcastMiddle(dy, m, { shape, factor: 1 / m.R }) };
  },
});

const globalMaxOp = defineOp<{ keepDims: boolean }>({
  name: "global_max_pool",
  forward: (inputs, { keepDims }) => {
    const x = need(inputs, "x");
    return reduceMiddle(x, middle(x.shape, 1, 3), { shape: pooledShape(x, "globalMaxPool", keepDims), max: true });
  },
  vjp: (dy, recorded) => ({ x: maxMiddleVjp(dy, recorded, [1, 3]) }),
});
