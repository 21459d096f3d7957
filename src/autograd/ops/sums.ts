import { ShapeError } from "../../errors.ts";
import { broadcastKernel, maxKernel, sumKernel } from "../../kernels/reduction.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { copyElements, overRows } from "../../tensor/rows.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A shape seen as [outer, R, inner] around the axes [first, end). */
export interface Middle {
  readonly outer: number;
  readonly R: number;
  readonly inner: number;
}

export function middle(shape: Shape, first: number, end: number): Middle {
  return {
    outer: sizeOf(shape.slice(0, first)),
    R: sizeOf(shape.slice(first, end)),
    inner: sizeOf(shape.slice(end)),
  };
}

/** Sum (times `factor`) or maximum over the middle axis, into `shape`. */
export function reduceMiddle(x: Tensor, m: Middle, options: { shape: Shape; factor?: number; max?: boolean }): Tensor {
  const y = x.engine.empty(options.shape);
  const { outer, R, inner } = m;
  const kernel = options.max ? maxKernel : sumKernel;
  const factor = options.factor ?? 1;
  if (outer === 0 || inner === 0) return y;
  if (x.storage.buffers.length === 1) {
    x.engine.run(kernel, { x: x.range, y: y.range }, { outer, R, inner, factor });
    return y;
  }
  const rows = x.shape[0] ?? 1;
  if (reducesRows(x, m)) {
    using stack = reduceBlocks({ x }, { rows: R, width: inner }, ({ x: block, part }, R) => {
      x.engine.run(kernel, { x: block, y: part.range }, { outer, R, inner, factor });
    });
    x.engine.run(kernel, { x: stack.range, y: y.range }, { outer: 1, R: stack.shape[0] ?? 1, inner, factor: 1 });
  }
  // held in several buffers: rows are reduced block by block
  else
    overRows({ inputs: { x }, outputs: { y } }, (ranges, count) => {
      x.engine.run(kernel, ranges, { outer: (outer / rows) * count, R, inner, factor });
    });
  return y;
}

/** Whether the middle axis is, or begins with, the rows of x. (A tensor in several buffers has more than one row.) */
export function reducesRows(x: Tensor, { outer }: Middle): boolean {
  return outer % (x.shape[0] ?? 1) !== 0;
}

/** Where rows are what is reduced, one result for each block of rows that lies in one buffer of every input:
 * [blocks, width].
 * @param extents rows: how many there are along the middle axis; width: elements of one result
 * @param reduce  reduces a block, `rows` long along the middle axis, into its part of the result */
export function reduceBlocks<I extends string>(
  inputs: Readonly<Record<I, Tensor>>,
  extents: { rows: number; width: number },
  reduce: (block: Record<I, BufferRange> & { part: Tensor }, rows: number) => void,
): Tensor {
  const [x] = Object.values<Tensor>(inputs);
  if (!x) throw new ShapeError("reduceBlocks: no input");
  const { engine } = x;
  const rows = x.shape[0] ?? 1;
  const { width } = extents;
  const results: Tensor[] = [];
  overRows({ inputs, outputs: {} }, (ranges, count) => {
    const part = engine.empty([1, width]);
    reduce({ ...(ranges as Record<I, BufferRange>), part }, (extents.rows / rows) * count);
    results.push(part);
  });
  const [only] = results;
  if (only && results.length === 1) return only;
  const stack = engine.empty([results.length, width]);
  results.forEach((part, i) => {
    copyElements(part, { to: stack, at: i * width });
    part.dispose();
  });
  return stack;
}

/** Sum over one axis, which stays with extent 1. */
export function sumAxis(x: Tensor, axis: number): Tensor {
  const shape = x.shape.map((extent, i) => (i === axis ? 1 : extent));
  return reduceMiddle(x, middle(x.shape, axis, axis + 1), { shape });
}

/** Sum over all rows: [.., C] -> [C]. */
export function sumRows(x: Tensor): Tensor {
  const rank = x.shape.length;
  return reduceMiddle(x, middle(x.shape, 0, rank - 1), { shape: x.shape.slice(rank - 1) });
}

/** Repeats x along the middle axis, times `factor`, into `shape`: the VJP of reduceMiddle's sum. */
export function broadcastMiddle(x: Tensor, m: Middle, options: { shape: Shape; factor: number }): Tensor {
  const y = x.engine.empty(options.shape);
  if (m.outer === 1 && y.storage.buffers.length === 1) {
    x.engine.run(
      broadcastKernel,
      { x: x.range, y: y.range },
      { n: y.size, R: m.R, inner: m.inner, factor: options.factor },
    );
    return y;
  }
  if (reducesRows(y, m))
    // every block of rows repeats the whole of x
    overRows({ inputs: {}, outputs: { y } }, (ranges) => {
      const n = ranges.y.size / 4;
      const { inner } = m;
      x.engine.run(broadcastKernel, { ...ranges, x: x.range }, { n, R: n / inner, inner, factor: options.factor });
    });
  else
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(broadcastKernel, ranges, { n: ranges.y.size / 4, R: m.R, inner: m.inner, factor: options.factor });
    });
  return y;
}
