import { ShapeError } from "../../errors.ts";
import {
  addKernel,
  divKernel,
  maximumKernel,
  maximumVjpKernels,
  minimumKernel,
  minimumVjpKernels,
  mulKernel,
  preluKernel,
  preluVjpKernels,
  scaleKernel,
  subKernel,
} from "../../kernels/elementwise.ts";
import type { BufferRange } from "../../kernels/runtime.ts";
import { overRows } from "../../tensor/rows.ts";
import { type Shape, sameShape, showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, type Recorded, shown } from "../op.ts";
import { sumAxis } from "./sums.ts";

type BinaryKernel = typeof addKernel;
type BinaryUniforms = Readonly<Record<BinaryKernel["uniformNames"][number], number>>;
type BinaryVjpKernels = typeof maximumVjpKernels;

/** y = a + b, with NumPy broadcasting; at most 4 axes.
 * @throws ShapeError if the shapes do not fit */
export function add(a: Tensor, b: Tensor): Tensor {
  return addOp.apply({ a, b }, {});
}

/** y = a - b, with NumPy broadcasting; at most 4 axes.
 * @throws ShapeError if the shapes do not fit */
export function sub(a: Tensor, b: Tensor): Tensor {
  return subOp.apply({ a, b }, {});
}

/** y = a * b element by element, with NumPy broadcasting; at most 4 axes.
 * @throws ShapeError if the shapes do not fit */
export function mul(a: Tensor, b: Tensor): Tensor {
  return mulOp.apply({ a, b }, {});
}

/** y = a / b element by element, and 0 where b is 0 (as TensorFlow's div_no_nan), with NumPy broadcasting; at most 4 axes.
 * There both gradients are 0 too.
 * @throws ShapeError if the shapes do not fit */
export function div(a: Tensor, b: Tensor): Tensor {
  return divOp.apply({ a, b }, {});
}

/** The greater of a and b, element by element, with NumPy broadcasting. Of equal elements a gets the gradient, as in
 * TensorFlow. */
export function maximum(a: Tensor, b: Tensor): Tensor {
  return maximumOp.apply({ a, b }, {});
}

/** The lesser of a and b, element by element, with NumPy broadcasting. Of equal elements a gets the gradient. */
export function minimum(a: Tensor, b: Tensor): Tensor {
  return minimumOp.apply({ a, b }, {});
}

/** x where it is positive, else alpha * x: He et al. 2015. The gradient at 0 is alpha's, as in TensorFlow's leaky ReLU.
 * @param alpha of x's shape without the batch, or with 1 along axes that share a value
 * @throws ShapeError if it is not */
export function prelu(x: Tensor, alpha: Tensor): Tensor {
  if (!sameShape(broadcastShape(x.shape, alpha.shape, "prelu"), x.shape))
    throw new ShapeError(`prelu: ${shown("alpha", alpha)} is larger than ${shown("x", x)}`);
  return preluOp.apply({ x, alpha }, {});
}

/** y = x * factor + offset. */
export function scale(x: Tensor, factor: number, offset = 0): Tensor {
  return scaleOp.apply({ x }, { factor, offset });
}

const addOp = defineOp({
  name: "add",
  reads: [],
  forward: (inputs) => runBinary(addKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: (dy, { inputs, wanted }) => ({
    a: wanted.has("a") ? sumTo(dy, need(inputs, "a").shape) : undefined,
    b: wanted.has("b") ? sumTo(dy, need(inputs, "b").shape) : undefined,
  }),
});

const subOp = defineOp({
  name: "sub",
  reads: [],
  forward: (inputs) => runBinary(subKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: (dy, { inputs, wanted }) => ({
    a: wanted.has("a") ? sumTo(dy, need(inputs, "a").shape) : undefined,
    b: wanted.has("b") ? sumTo(runScale(dy, -1, 0), need(inputs, "b").shape) : undefined,
  }),
});

const mulOp = defineOp({
  name: "mul",
  reads: ["a", "b"],
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

const divOp = defineOp({
  name: "div",
  forward: (inputs) => runBinary(divKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: (dy, { inputs, y, wanted }) => {
    const a = need(inputs, "a");
    const b = need(inputs, "b");
    const da = runBinary(divKernel, dy, b);
    // d(a / b) / db = -y / b
    const db = () => sumTo(runScale(runBinary(mulKernel, da, y), -1, 0), b.shape);
    return { a: wanted.has("a") ? sumTo(da, a.shape) : undefined, b: wanted.has("b") ? db() : undefined };
  },
});

const maximumOp = defineOp({
  name: "maximum",
  forward: (inputs) => runBinary(maximumKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: pairVjp(maximumVjpKernels, ["a", "b"]),
});

const minimumOp = defineOp({
  name: "minimum",
  forward: (inputs) => runBinary(minimumKernel, need(inputs, "a"), need(inputs, "b")),
  vjp: pairVjp(minimumVjpKernels, ["a", "b"]),
});

export const preluOp = defineOp({
  name: "prelu",
  forward: (inputs) => runBinary(preluKernel, need(inputs, "x"), need(inputs, "alpha")),
  vjp: pairVjp(preluVjpKernels, ["x", "alpha"]),
});

function pairVjp(kernels: BinaryVjpKernels, [first, second]: readonly [string, string]) {
  return (dy: Tensor, { inputs, wanted }: Recorded<unknown>) => {
    const pair = { a: need(inputs, first), b: need(inputs, second), dy };
    return {
      [first]: wanted.has(first) ? sumTo(runBinaryVjp(kernels.a, pair), pair.a.shape) : undefined,
      [second]: wanted.has(second) ? sumTo(runBinaryVjp(kernels.b, pair), pair.b.shape) : undefined,
    };
  };
}

const scaleOp = defineOp<{ factor: number; offset: number }>({
  name: "scale",
  reads: [],
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

function broadcastShape(a: Shape, b: Shape, what: string): number[] {
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

interface Pair {
  readonly a: Tensor;
  readonly b: Tensor;
  /** Of the output's shape, for a gradient. */
  readonly dy?: Tensor;
}

/** Computes an array of the shape that a and b are broadcast to. */
function overPair(
  { a, b, dy }: Pair,
  what: string,
  run: (ranges: Record<"a" | "b" | "dy" | "y", BufferRange>, uniforms: BinaryUniforms) => void,
): Tensor {
  const shape = broadcastShape(a.shape, b.shape, what);
  if (shape.length > 4) throw new ShapeError(`${what}: ${shape.length} axes, at most 4 are supported`);
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
  if (dy) inputs.dy = dy;
  overRows({ inputs, outputs: { y } }, (ranges) => {
    const { a: left = a.range, b: right = b.range, y: out = y.range } = ranges;
    run({ a: left, b: right, dy: ranges.dy ?? out, y: out }, { ...uniforms, n: out.size / 4 });
  });
  return y;
}

function runBinary(kernel: BinaryKernel, a: Tensor, b: Tensor): Tensor {
  return overPair({ a, b }, kernel.name, ({ a: left, b: right, y }, uniforms) => {
    a.engine.run(kernel, { a: left, b: right, y }, uniforms);
  });
}

function runBinaryVjp(kernel: BinaryVjpKernels["a"], { a, b, dy }: Required<Pair>): Tensor {
  return overPair({ a, b, dy }, kernel.name, ({ y: d, ...ranges }, uniforms) => {
    a.engine.run(kernel, { ...ranges, d }, uniforms);
  });
}
