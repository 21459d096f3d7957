import { avgPoolKernel, avgPoolVjpKernel, maxPoolKernel, maxPoolVjpKernel } from "../../kernels/pooling.ts";
import { maxKernel, maxVjpKernel } from "../../kernels/reduction.ts";
import { copyElements, overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, type Inputs, need, type Recorded } from "../op.ts";
import { broadcastMiddle, middle, reduceBlocks, reduceMiddle, reducesRows } from "./sums.ts";
import { type Padding, type Pair, type Window, windowOf } from "./window.ts";

export interface PoolOptions {
  readonly size: Pair;
  /** As `size` unless given. */
  readonly stride?: Pair;
  readonly padding?: Padding;
}

/** Largest value of each window, [n, h, w, c] -> [n, oh, ow, c]. Padding never wins; ties go to the first pixel. */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return maxPoolOp.apply({ x }, windowFor("maxPool2d", x, options));
}

/** Mean of each window over the pixels that lie in the picture (as TensorFlow). */
export function avgPool2d(x: Tensor, options: PoolOptions): Tensor {
  return avgPoolOp.apply({ x }, windowFor("avgPool2d", x, options));
}

/** Mean over height and width, [n, h, w, c] -> [n, c], or [n, 1, 1, c] with keepDims. */
export function globalAvgPool(x: Tensor, options: { keepDims?: boolean } = {}): Tensor {
  return globalAvgOp.apply({ x }, { keepDims: options.keepDims ?? false });
}

/** Maximum over height and width, [n, h, w, c] -> [n, c], or [n, 1, 1, c] with keepDims. */
export function globalMaxPool(x: Tensor, options: { keepDims?: boolean } = {}): Tensor {
  return globalMaxOp.apply({ x }, { keepDims: options.keepDims ?? false });
}

function windowFor(what: string, x: Tensor, { size, stride = size, padding = "valid" }: PoolOptions): Window {
  const [, H, W] = nhwc(x.shape, what);
  return windowOf(H, W, { what, size, stride, padding });
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
  inputs: ["x"],
  save: ["x", "y"],
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

const avgPoolOp = defineOp<Window>({
  name: "avg_pool",
  inputs: ["x"],
  save: [],
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
  inputs: ["x"],
  save: [],
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
  inputs: ["x"],
  save: ["x", "y"],
  forward: (inputs, { keepDims }) => {
    const x = need(inputs, "x");
    return reduceMiddle(x, middle(x.shape, 1, 3), {
      shape: pooledShape(x, "globalMaxPool", keepDims),
      max: true,
    });
  },
  vjp: (dy, recorded) => ({ x: maxMiddleVjp(dy, recorded, [1, 3]) }),
});

/** VJP of a maximum over axes [first, end): the cotangent goes to the first element that attains it. */
export function maxMiddleVjp(dy: Tensor, { inputs, y }: Recorded<unknown>, axes: readonly [number, number]): Tensor {
  const x = need(inputs, "x");
  const m = middle(x.shape, ...axes);
  const { outer, R, inner } = m;
  const dx = x.engine.empty(x.shape);
  if (x.storage.buffers.length === 1) {
    const ranges = { x: x.range, y: y.range, dy: dy.range, dx: dx.range };
    x.engine.run(maxVjpKernel, ranges, { outer, R, inner });
  } else if (reducesRows(x, m)) maxOfRowsVjp({ x, y, dy, dx }, R, inner);
  else {
    const rows = x.shape[0] ?? 1;
    overRows({ inputs: { x, y, dy }, outputs: { dx } }, (ranges, count) => {
      x.engine.run(maxVjpKernel, ranges, { outer: (outer / rows) * count, R, inner });
    });
  }
  return dx;
}

/** The maximum over rows that lie in several buffers is a maximum of the blocks' maxima: the cotangent goes to the
 * first block that attains it, and in this block to the first element. */
function maxOfRowsVjp({ x, y, dy, dx }: Record<"x" | "y" | "dy" | "dx", Tensor>, R: number, inner: number): void {
  const { engine } = x;
  const rows = x.shape[0] ?? 1;
  using maxima = reduceBlocks(x, { outer: 1, R, inner }, { kernel: maxKernel });
  const blocks = maxima.shape[0] ?? 1;
  using cotangents = engine.empty(maxima.shape);
  const whole = { x: maxima.range, y: y.range, dy: dy.range, dx: cotangents.range };
  engine.run(maxVjpKernel, whole, { outer: 1, R: blocks, inner });
  let at = 0;
  overRows({ inputs: { x }, outputs: { dx } }, (ranges, count) => {
    // copied, since no binding may start in the middle of the stack
    using most = engine.empty([inner]);
    using share = engine.empty([inner]);
    copyElements(maxima, { to: most, at: 0, from: at, count: inner });
    copyElements(cotangents, { to: share, at: 0, from: at, count: inner });
    const scalars = { outer: 1, R: (R / rows) * count, inner };
    engine.run(maxVjpKernel, { ...ranges, y: most.range, dy: share.range }, scalars);
    at += inner;
  });
}
