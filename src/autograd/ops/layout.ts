import { ShapeError } from "../../errors.ts";
import { copyBoxKernel } from "../../kernels/layout.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { copyElements, overRows } from "../../tensor/rows.ts";
import { axisOf, nhwc, type Shape, sameShape, showShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import type { Sides } from "./window.ts";

/** Zeros around height and width, [n, h, w, c] -> [n, top + h + bottom, left + w + right, c].
 * @param padding [[top, bottom], [left, right]] in pixels
 * @throws ShapeError if it is no whole number of pixels */
export function zeroPad2d(x: Tensor, padding: Sides): Tensor {
  if (!padding.flat().every((count) => Number.isInteger(count) && count >= 0))
    throw new ShapeError(`zeroPad2d: padding ${JSON.stringify(padding)} must be whole numbers, at least 0`);
  return padOp.apply({ x }, { padding });
}

/** The same values under another shape; one extent may be -1 and is worked out. No copy.
 * @throws ShapeError if the number of elements differs */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return reshapeOp.apply({ x }, { shape: solve(x, shape) });
}

/** [n, ...] -> [n, rest] */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [x.shape[0] ?? 1, sizeOf(x.shape.slice(1))]);
}

/** Joins tensors along one axis (counted from the back if negative); the other extents must agree.
 * @throws ShapeError if they do not */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError("concat: no tensors given");
  const at = axisOf(axis, first.shape.length, "concat");
  for (const tensor of tensors) {
    const differs = tensor.shape.some((extent, i) => i !== at && extent !== first.shape[i]);
    if (tensor.shape.length !== first.shape.length || differs)
      throw new ShapeError(
        `concat: ${shown("tensor", tensor)} does not fit ${shown("tensor", first)} along axis ${axis}`,
      );
  }
  return concatOp.apply(Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor])), { axis: at });
}

function solve(x: Tensor, shape: Shape): number[] {
  const known = shape.filter((extent) => extent !== -1);
  if (known.length === shape.length && sizeOf(shape) === x.size) return [...shape];
  const rest = x.size / sizeOf(known);
  if (known.length !== shape.length - 1 || !Number.isInteger(rest))
    throw new ShapeError(`reshape: ${shown("x", x)} has ${x.size} elements and does not fit ${showShape(shape)}`);
  return shape.map((extent) => (extent === -1 ? rest : extent));
}

/** A box inside an array: where it begins and what surrounds it. */
interface Box {
  readonly shape: Shape;
  readonly begin: Shape;
}

/** Copies `extent` elements from a box of x to a box of y, block of rows by block of rows. */
function copyBox(
  ranges: { x: BufferRange; y: BufferRange },
  boxes: { engine: Tensor["engine"]; extent: Shape; x: Box; y: Box },
): void {
  const [e0, e1, e2, e3] = four(boxes.extent, 1);
  const x = stridesOf(boxes.x);
  const y = stridesOf(boxes.y);
  boxes.engine.run(copyBoxKernel, ranges, {
    n: e0 * e1 * e2 * e3,
    e1,
    e2,
    e3,
    x0: x.strides[0],
    x1: x.strides[1],
    x2: x.strides[2],
    xFirst: x.offset,
    y0: y.strides[0],
    y1: y.strides[1],
    y2: y.strides[2],
    yFirst: y.offset,
  });
}

function four(list: Shape, fill: number): [number, number, number, number] {
  if (list.length > 4) throw new ShapeError(`${list.length} axes, at most 4 are supported here`);
  const [a = fill, b = fill, c = fill, d = fill] = [...Array<number>(4 - list.length).fill(fill), ...list];
  return [a, b, c, d];
}

function stridesOf({ shape, begin }: Box): { strides: [number, number, number]; offset: number } {
  const [, s1, s2, s3] = four(shape, 1);
  const [b0, b1, b2, b3] = four(begin, 0);
  return { strides: [s1 * s2 * s3, s2 * s3, s3], offset: b0 * s1 * s2 * s3 + b1 * s2 * s3 + b2 * s3 + b3 };
}

/** Cuts a box out of x: of every row, or some rows whole. */
function slice(x: Tensor, begin: Shape, extent: Shape): Tensor {
  const y = x.engine.empty(extent);
  const zero = extent.map(() => 0);
  if (x.shape[0] === extent[0])
    overRows({ inputs: { x }, outputs: { y } }, (ranges, rows) => {
      const block = [rows, ...extent.slice(1)];
      const from = { shape: [rows, ...x.shape.slice(1)], begin };
      copyBox(ranges, { engine: x.engine, extent: block, x: from, y: { shape: block, begin: zero } });
    });
  // whole rows from a row on
  else copyElements(x, { to: y, at: 0, from: (begin[0] ?? 0) * x.rowElements, count: y.size });
  return y;
}

const padOp = defineOp<{ padding: Sides }>({
  name: "zero_pad",
  reads: [],
  forward: (inputs, { padding }) => {
    const x = need(inputs, "x");
    const [N, H, W, C] = nhwc(x.shape, "zeroPad2d");
    const [[top, bottom], [left, right]] = padding;
    const shape = [N, H + top + bottom, W + left + right, C];
    const y = x.engine.zeros(shape);
    overRows({ inputs: { x }, outputs: { y } }, (ranges, rows) => {
      copyBox(ranges, {
        engine: x.engine,
        extent: [rows, H, W, C],
        x: { shape: [rows, H, W, C], begin: [0, 0, 0, 0] },
        y: { shape: [rows, ...shape.slice(1)], begin: [0, top, left, 0] },
      });
    });
    return y;
  },
  vjp: (dy, { inputs, params }) => {
    const [[top], [left]] = params.padding;
    return { x: slice(dy, [0, top, left, 0], need(inputs, "x").shape) };
  },
});

const reshapeOp = defineOp<{ shape: Shape }>({
  name: "reshape",
  reads: [],
  forward: (inputs, { shape }) => {
    const x = need(inputs, "x");
    if (sizeOf(shape) === x.size) return x.withShape(shape);
    // a replay with another batch size: the recorded shape's rows follow it
    return x.withShape([x.size / sizeOf(shape.slice(1)), ...shape.slice(1)]);
  },
  vjp: (dy, { inputs }) => ({ x: dy.withShape(need(inputs, "x").shape) }),
});

const concatOp = defineOp<{ axis: number }>({
  name: "concat",
  reads: [],
  forward: (inputs, { axis }) => {
    const tensors = Object.keys(inputs).map((name) => need(inputs, name));
    const [first] = tensors;
    if (!first) throw new ShapeError("concat: no tensors");
    const total = tensors.reduce((sum, tensor) => sum + (tensor.shape[axis] ?? 0), 0);
    const y = first.engine.empty(first.shape.map((extent, i) => (i === axis ? total : extent)));
    let start = 0;
    for (const x of tensors) {
      place(x, y, { axis, start });
      start += x.shape[axis] ?? 0;
    }
    return y;
  },
  vjp: (dy, { inputs, params: { axis }, wanted }) => {
    let start = 0;
    const gradients: Record<string, Tensor> = {};
    for (const [name, x] of Object.entries(inputs)) {
      if (!x) continue;
      const begin = x.shape.map((_, i) => (i === axis ? start : 0));
      if (wanted.has(name)) gradients[name] = sameShape(x.shape, dy.shape) ? dy : slice(dy, begin, x.shape);
      start += x.shape[axis] ?? 0;
    }
    return gradients;
  },
});

function place(x: Tensor, y: Tensor, { axis, start }: { axis: number; start: number }): void {
  if (axis === 0) {
    copyElements(x, { to: y, at: start * y.rowElements });
    return;
  }
  const begin = x.shape.map((_, i) => (i === axis ? start : 0));
  const zero = begin.map(() => 0);
  overRows({ inputs: { x }, outputs: { y } }, (ranges, rows) => {
    const block = (shape: Shape) => [rows, ...shape.slice(1)];
    copyBox(ranges, {
      engine: x.engine,
      extent: block(x.shape),
      x: { shape: block(x.shape), begin: zero },
      y: { shape: block(y.shape), begin },
    });
  });
}
