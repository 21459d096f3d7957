import { maxCountKernel, maxVjpKernel } from "../../kernels/reduction.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { need, type Recorded } from "../op.ts";
import { type Middle, middle, reduceBlocks, reduceMiddle, reducesRows } from "./sums.ts";

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
  using stack = reduceBlocks({ x }, { rows: m.R, width: m.inner }, ({ x: block, part }, R) => {
    engine.run(maxCountKernel, { x: block, y: y.range, count: part.range }, { ...m, R });
  });
  return reduceMiddle(stack, middle(stack.shape, 0, 1), { shape: y.shape });
}
