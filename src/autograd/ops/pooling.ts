import { avgPoolKernel, avgPoolVjpKernel, maxPoolKernel, maxPoolVjpKernel } from "../../kernels/pooling.ts";
import { maxCountKernel, maxVjpKernel } from "../../kernels/reduction.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { overRows } from "../../tensor/rows.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, type Inputs, need, type Recorded } from "../op.ts";
import { broadcastMiddle, type Middle, middle, reduceBlocks, reduceMiddle, reducesRows } from "./sums.ts";
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

/** Maximum over height and width, [n, h, w, c] -> [n, c], or [n, 1, 1, c] with keepDims. Pixels that tie share the
 * gradient evenly (as Keras). */
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

/** VJP of a maximum over axes [first, end): the elements that attain it share the cotangent evenly. */
export function maxMiddleVjp(dy: Tensor, { inputs, y }: Recorded<unknown>, axes: readonly [number, number]): Tensor {
  const x = need(inputs, "x");
  const { engine } = x;
  const m = middle(x.shape, ...axes);
  const dx = engine.empty(x.shape);
  const share = (ranges: Record<"x" | "y" | "dy" | "count" | "dx", BufferRange>) =>
    engine.run(maxVjpKernel, ranges, { n: ranges.dx.size / 4, R: m.R, inner: m.inner });
  if (x.storage.buffers.length === 1 || reducesRows(x, m)) {
    using counts = countMaxima(x, y, m);
    const whole = { y: y.range, dy: dy.range, count: counts.range };
    overRows({ inputs: { x }, outputs: { dx } }, (ranges) => share({ ...ranges, ...whole }));
    return dx;
  }
  using counts = engine.empty(y.shape);
  const rows = x.shape[0] ?? 1;
  overRows({ inputs: { x, y, dy }, outputs: { count: counts, dx } }, (ranges, count) => {
    engine.run(maxCountKernel, ranges, { ...m, outer: (m.outer / rows) * count });
    share(ranges);
  });
  return dx;
}

/** How many elements attain each maximum, where x lies in one buffer or its rows are what is reduced. */
function countMaxima(x: Tensor, y: Tensor, m: Middle): Tensor {
  const { engine } = x;
  if (x.storage.buffers.length === 1) {
    const counts = engine.empty(y.shape);
    engine.run(maxCountKernel, { x: x.range, y: y.range, count: counts.range }, { ...m });
    return counts;
  }
  using stack = reduceBlocks(x, m, (ranges, R) => {
    engine.run(maxCountKernel, { x: ranges.x, y: y.range, count: ranges.part }, { ...m, R });
  });
  return reduceMiddle(stack, middle(stack.shape, 0, 1), { shape: y.shape });
}
