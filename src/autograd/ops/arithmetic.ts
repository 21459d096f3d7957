import { ShapeError } from "../../errors.ts";
import { addKernel, mulKernel, scaleKernel, subKernel } from "../../kernels/elementwise.ts";
import { overRows } from "../../tensor/rows.ts";
import { type Shape, sameShape, showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need } from "../op.ts";
import { sumAxis } from "./sums.ts";

type BinaryKernel = typeof addKernel;

/** y = a + b, with NumPy broadcasting. */
export function add(a: Tensor, b: Tensor): Tensor {
  return addOp.apply({ a, b }, {});
}

/** y = a - b, with NumPy broadcasting. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return subOp.apply({ a, b }, {});
}

/** y = a * b element by element, with NumPy broadcasting. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return mulOp.apply({ a, b }, {});
}

/** y = x * factor + offset. */
export function scale(x: Tensor, factor: number, offset = 0): Tensor {
  return scaleOp.apply({ x }, { factor, offset });
}

const addOp = defineOp({
  name: "add",
  inputs: ["a", "b"],
  save: [],
  forward: (inputs) => runBinary(addKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: (dy, { inputs, wanted }) => ({
    a: wanted.has("a") ? sumTo(dy, need(inputs, "a").shape) : undefined,
    b: wanted.has("b") ? sumTo(dy, need(inputs, "b").shape) : undefined,
  }),
});

const subOp = defineOp({
  name: "sub",
  inputs: ["a", "b"],
  save: [],
  forward: (inputs) => runBinary(subKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: (dy, { inputs, wanted }) => ({
    a: wanted.has("a") ? sumTo(dy, need(inputs, "a").shape) : undefined,
    b: wanted.has("b") ? sumTo(runScale(dy, -1, 0), need(inputs, "b").shape) : undefined,
  }),
});

const mulOp = defineOp({
  name: "mul",
  inputs: ["a", "b"],
  save: ["a", "b"],
  forward: (inputs) => runBinary(mulKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: (dy, { inputs, wanted }) => {
    const a = need(inputs, "a");
    const b = need(inputs, "b");
    return {
      a: wanted.has("a") ? sumTo(runBinary(mulKernel, dy, b), a.shape) : undefined,
      b: wanted.has("b") ? sumTo(runBinary(mulKernel, dy, a), b.shape) : undefined,
    };
  },
});

const scaleOp = defineOp<{ factor: number; offset: number }>({
  name: "scale",
  inputs: ["x"],
  save: [],
  forward: (inputs, { factor, offset }) => runScale(need(inputs, "x"), factor, offset),
  vjp: (dy, { params }) => ({ x: runScale(dy, params.factor, 0) }),
});

function runScale(x: Tensor, factor: number, offset: number): Tensor {
  const y = x.engine.empty(x.shape);
  overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
    x.engine.run(scaleKernel, ranges, { n: ranges.y.size / 4, factor, offset });
  });
  return y;
}

/** Adds up what broadcasting had repeated: the VJP of a broadcast. */
function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  let y = dy;
  const offset = dy.shape.length - shape.length;
  dy.shape.forEach((extent, axis) => {
    const target = axis < offset ? 1 : shape[axis - offset];
    if (target === 1 && extent !== 1) y = sumAxis(y, axis);
  });
  return y.withShape(shape);
}

export function broadcastShape(a: Shape, b: Shape, what: string): number[] {
  const rank = Math.max(a.length, b.length);
  const [left, right] = [padded(a, rank), padded(b, rank)];
  return left.map((extent, i) => {
    const other = right[i] ?? 1;
    if (extent !== other && extent !== 1 && other !== 1)
      throw new ShapeError(
        `${what}: shapes ${showShape(a)} and ${showShape(b)} do not fit: axis ${i} has ${extent} against ${other}`,
      );
    return extent === 1 ? other : extent;
  });
}

function padded(shape: Shape, rank: number): number[] {
  return [...Array<number>(rank - shape.length).fill(1), ...shape];
}

/** Row-major strides within `to`, 0 along repeated axes. */
function strides(shape: Shape, to: Shape): [number, number, number, number] {
  const target = padded(to, 4);
  const extents = padded(shape, 4);
  const stride = (axis: number) => {
    if (extents[axis] === 1 && target[axis] !== 1) return 0;
    return extents.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  };
  return [stride(0), stride(1), stride(2), stride(3)];
}

function runBinary(kernel: BinaryKernel, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape(a.shape, b.shape, kernel.name);
  if (shape.length > 4) throw new ShapeError(`${kernel.name}: ${shape.length} axes, at most 4 are supported`);
  const y = a.engine.empty(shape);
  const [a0, a1, a2, a3] = strides(a.shape, shape);
  const [b0, b1, b2, b3] = strides(b.shape, shape);
  const [, d1 = 1, d2 = 1, d3 = 1] = padded(shape, 4);
  const uniforms = { d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3 };
  // an operand without rows of its own (a bias, a single picture) is read whole for every block of rows
  const hasRows = (t: Tensor) => t.shape.length === shape.length && t.shape[0] === shape[0];
  const inputs: Record<string, Tensor> = {};
  if (hasRows(a)) inputs.a = a;
  if (hasRows(b)) inputs.b = b;
  overRows({ inputs, outputs: { y } }, (ranges) => {
    const { a: left = a.range, b: right = b.range, y: out = y.range } = ranges;
    a.engine.run(kernel, { a: left, b: right, y: out }, { ...uniforms, n: out.size / 4 });
  });
  return y;
}
