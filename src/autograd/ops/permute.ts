import { ShapeError } from "../../errors.ts";
import { copyStridedKernel, transposeKernel } from "../../kernels/permuting.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { overRows } from "../../tensor/rows.ts";
import { type Shape, showShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";

/** Axes that one kernel walks. */
const MOST_AXES = 6;

/** The same values with their axes in another order: y's axis i is x's axis order[i], as in NumPy's transpose.
 * @param order every axis of x once; up to six runs of axes may change places
 * @throws ShapeError unless `order` names every axis once */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const rank = x.shape.length;
  const named = new Set(order);
  if (order.length !== rank || named.size !== rank || !order.every((axis) => Number.isInteger(axis) && axis < rank))
    throw new ShapeError(
      `permute: order ${showShape(order)} must name each of the ${rank} axes of ${shown("x", x)} once`,
    );
  if (order.some((axis) => axis < 0))
    throw new ShapeError(`permute: order ${showShape(order)} counts axes from the back; count them from 0`);
  return permuteOp.apply({ x }, { order });
}

export interface SliceOptions {
  /** First index along each axis. */
  readonly begin: Shape;
  /** Index behind the last one along each axis. */
  readonly end: Shape;
  /** Every so many elements along each axis; 1 unless given. */
  readonly steps?: Shape;
}

/** A box of x, or every so many elements of one: x[begin:end:steps] in NumPy's notation. Gradients outside are 0.
 * @throws ShapeError unless 0 <= begin < end <= extent along every axis (an empty axis may stay empty) */
export function slice(x: Tensor, { begin, end, steps = begin.map(() => 1) }: SliceOptions): Tensor {
  const { shape } = x;
  const counts = [begin, end, steps];
  if (counts.some((list) => list.length !== shape.length || !list.every(Number.isInteger)))
    throw new ShapeError(
      `slice: begin, end and steps need ${shape.length} whole numbers each, one per axis of ${shown("x", x)}`,
    );
  const extent = shape.map((_, i) => Math.ceil(((end[i] ?? 0) - (begin[i] ?? 0)) / (steps[i] ?? 1)));
  shape.forEach((size, i) => {
    const [first = 0, last = 0, step = 1] = [begin[i], end[i], steps[i]];
    if (first < 0 || last > size || step < 1 || (last <= first && !(size === 0 && last === 0)))
      throw new ShapeError(
        `slice: ${first} to ${last} in steps of ${step} along axis ${i} does not lie in ${shown("x", x)}`,
      );
  });
  const whole = begin[0] === 0 && end[0] === shape[0] && steps[0] === 1;
  return sliceOp.apply({ x }, { begin, extent, steps, whole });
}

/** Cuts pixels off height and width of [n, h, w, c]: [[top, bottom], [left, right]].
 * @throws ShapeError if nothing is left */
export function crop2d(x: Tensor, cropping: readonly [readonly [number, number], readonly [number, number]]): Tensor {
  const [N = 0, H = 0, W = 0, C = 0] = x.shape;
  const [[top, bottom], [left, right]] = cropping;
  if (x.shape.length !== 4 || !cropping.flat().every((count) => Number.isInteger(count) && count >= 0))
    throw new ShapeError(
      `crop2d: ${shown("x", x)} and cropping ${JSON.stringify(cropping)} do not fit; [n, h, w, c] is wanted`,
    );
  return slice(x, { begin: [0, top, left, 0], end: [N, H - bottom, W - right, C] });
}

/** One axis of what is left when axes that stay side by side are taken together. */
interface Run {
  readonly extent: number;
  /** In x. */
  readonly stride: number;
}

/** The axes of y as runs of x: axes of one element dropped, neighbours in both arrays merged. */
function runsOf(shape: Shape, order: readonly number[]): Run[] {
  const strides = stridesOf(shape);
  const runs: Run[] = [];
  for (const axis of order) {
    const [extent = 1, stride = 1] = [shape[axis], strides[axis]];
    if (extent === 1) continue;
    const before = runs.at(-1);
    if (before && before.stride === stride * extent) runs[runs.length - 1] = { extent: before.extent * extent, stride };
    else runs.push({ extent, stride });
  }
  return runs;
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

interface Layout {
  readonly strides: Shape;
  readonly first: number;
}

/** Copies elements along up to six axes from where `x` to where `y` says. */
function copyStrided(
  engine: Tensor["engine"],
  ranges: { x: BufferRange; y: BufferRange },
  { extent, x, y }: { extent: Shape; x: Layout; y: Layout },
): void {
  const six = (list: Shape, fill: number) => [...Array<number>(MOST_AXES - list.length).fill(fill), ...list];
  if (extent.length > MOST_AXES)
    throw new ShapeError(`${extent.length} axes that change places or are cut, at most ${MOST_AXES} are supported`);
  const [, e1 = 1, e2 = 1, e3 = 1, e4 = 1, e5 = 1] = six(extent, 1);
  const [x0 = 0, x1 = 0, x2 = 0, x3 = 0, x4 = 0, x5 = 0] = six(x.strides, 0);
  const [y0 = 0, y1 = 0, y2 = 0, y3 = 0, y4 = 0, y5 = 0] = six(y.strides, 0);
  const n = sizeOf(extent);
  const at = { x0, x1, x2, x3, x4, x5, xFirst: x.first, y0, y1, y2, y3, y4, y5, yFirst: y.first };
  engine.run(copyStridedKernel, ranges, { n, e1, e2, e3, e4, e5, ...at });
}

/** Where a box lies in an array of `shape`. */
function boxIn(shape: Shape, begin: Shape, steps: Shape): Layout {
  const strides = stridesOf(shape);
  return {
    strides: strides.map((stride, i) => stride * (steps[i] ?? 1)),
    first: strides.reduce((sum, stride, i) => sum + stride * (begin[i] ?? 0), 0),
  };
}

/** The same as `permute`, of which no tape hears. */
export function permuted(x: Tensor, order: readonly number[]): Tensor {
  const shape = order.map((axis) => x.shape[axis] ?? 1);
  if (runsOf(x.shape, order).length <= 1) return x.withShape(shape);
  const y = x.engine.empty(shape);
  if (y.size === 0) return y;
  const whole = { x: x.shape, ranges: () => ({ x: x.range, y: y.range }) };
  if (order[0] !== 0) permuteBlock(x.engine, { ...whole, order });
  else
    overRows({ inputs: { x }, outputs: { y } }, (ranges, rows) => {
      permuteBlock(x.engine, { x: [rows, ...x.shape.slice(1)], order, ranges: () => ranges });
    });
  return y;
}

interface Block {
  readonly x: Shape;
  readonly order: readonly number[];
  readonly ranges: () => { x: BufferRange; y: BufferRange };
}

function permuteBlock(engine: Tensor["engine"], { x, order, ranges }: Block): void {
  const runs = runsOf(x, order);
  const [a, b, c] = runs.length === 2 ? [{ extent: 1, stride: sizeOf(x) }, ...runs] : runs;
  // [outer, R, C] to [outer, C, R], NHWC to NCHW and back among them
  if (a && b && c && runs.length <= 3 && b.stride === 1 && c.stride === b.extent && a.stride === b.extent * c.extent) {
    engine.run(transposeKernel, ranges(), { outer: a.extent, R: c.extent, C: b.extent });
    return;
  }
  const extent = runs.map((run) => run.extent);
  const from = { strides: runs.map((run) => run.stride), first: 0 };
  copyStrided(engine, ranges(), { extent, x: from, y: { strides: stridesOf(extent), first: 0 } });
}

const permuteOp = defineOp<{ order: readonly number[] }>({
  name: "permute",
  reads: [],
  forward: (inputs, { order }) => permuted(need(inputs, "x"), order),
  vjp: (dy, { params: { order } }) => ({
    x: permuted(
      dy,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  }),
});

interface Box {
  readonly begin: Shape;
  readonly extent: Shape;
  readonly steps: Shape;
  /** All of the first axis, however long it is in a replay. */
  readonly whole: boolean;
}

const sliceOp = defineOp<Box>({
  name: "slice",
  reads: [],
  forward: (inputs, { begin, extent, steps, whole }) => {
    const x = need(inputs, "x");
    const rows = whole ? (x.shape[0] ?? 1) : (extent[0] ?? 1);
    const y = x.engine.empty([rows, ...extent.slice(1)].slice(0, extent.length));
    const copy = (ranges: Record<"x" | "y", BufferRange>, from: Shape, to: Shape) =>
      copyStrided(x.engine, ranges, {
        extent: to,
        x: boxIn(from, begin, steps),
        y: { strides: stridesOf(to), first: 0 },
      });
    if (!whole) copy({ x: x.range, y: y.range }, x.shape, y.shape);
    else
      overRows({ inputs: { x }, outputs: { y } }, (ranges, count) => {
        copy(ranges, [count, ...x.shape.slice(1)], [count, ...extent.slice(1)]);
      });
    return y;
  },
  vjp: (dy, { inputs, params: { begin, steps, whole } }) => {
    const { shape, engine } = need(inputs, "x");
    const dx = engine.zeros(shape);
    const copy = (ranges: Record<"dy" | "dx", BufferRange>, from: Shape, to: Shape) =>
      copyStrided(
        engine,
        { x: ranges.dy, y: ranges.dx },
        { extent: from, x: { strides: stridesOf(from), first: 0 }, y: boxIn(to, begin, steps) },
      );
    if (!whole) copy({ dy: dy.range, dx: dx.range }, dy.shape, shape);
    else
      overRows({ inputs: { dy }, outputs: { dx } }, (ranges, count) => {
        copy(ranges, [count, ...dy.shape.slice(1)], [count, ...shape.slice(1)]);
      });
    return { x: dx };
  },
});
