import { ShapeError } from "../../errors.ts";
import { argMaxKernel, oneHotKernel } from "../../kernels/reduction.ts";
import { overRows } from "../../tensor/rows.ts";
import { axisOf, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import { maxMiddleVjp } from "./maxima.ts";
import { broadcastMiddle, type Middle, middle, reduceMiddle } from "./sums.ts";

/** What a reduction runs over. */
export interface ReduceOptions {
  /** Neighbouring axes, counted from the back if negative; all of them unless given. */
  readonly axes?: readonly number[];
  /** Leave the reduced axes in the shape, with extent 1; false unless given. */
  readonly keepDims?: boolean;
}

interface Range {
  readonly first: number;
  readonly end: number;
  readonly shape: Shape;
}

/** Sum over neighbouring axes. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return sumOp.apply({ x }, rangeOf("sum", x, options));
}

/** Mean over neighbouring axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return meanOp.apply({ x }, rangeOf("mean", x, options));
}

/** Maximum over neighbouring axes; elements that tie share its gradient evenly, as in TensorFlow's reduce_max. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return maxOp.apply({ x }, rangeOf("max", x, options));
}

/** Index of the largest value along the last axis, int32; the lowest index on a tie. No gradient. */
export function argMax(x: Tensor): Tensor {
  return argMaxOp.apply({ x }, {});
}

/** [n] int32 indices -> [n, depth] with a 1 at each index; a row of zeros where it is outside [0, depth). No gradient. */
export function oneHot(x: Tensor, depth: number): Tensor {
  return oneHotOp.apply({ x }, { depth });
}

function rangeOf(what: string, x: Tensor, { axes, keepDims = false }: ReduceOptions): Range {
  const rank = x.shape.length;
  const sorted = [...new Set((axes ?? x.shape.map((_, i) => i)).map((axis) => axisOf(axis, rank, what)))].sort(
    (a, b) => a - b,
  );
  const first = sorted[0] ?? 0;
  const end = first + sorted.length;
  if (sorted.some((axis, i) => axis !== first + i))
    throw new ShapeError(`${what}: axes ${sorted} of ${shown("x", x)} are not neighbours; reduce in two steps`);
  const inside = (i: number) => i >= first && i < end;
  const kept = x.shape.map((extent, i) => (inside(i) ? 1 : extent));
  return { first, end, shape: keepDims ? kept : kept.filter((_, i) => !inside(i)) };
}

/** A replay may bring more rows than were recorded. */
function shapeFor(x: Tensor, { first, shape }: Range): Shape {
  return first === 0 ? shape : [x.shape[0] ?? 1, ...shape.slice(1)];
}

function sumOpOf(name: string, factorOf: (m: Middle) => number) {
  return defineOp<Range>({
    name,
    reads: [],
    forward: (inputs, range) => {
      const x = need(inputs, "x");
      const m = middle(x.shape, range.first, range.end);
      return reduceMiddle(x, m, { shape: shapeFor(x, range), factor: factorOf(m) });
    },
    vjp: (dy, { inputs, params }) => {
      const { shape } = need(inputs, "x");
      const m = middle(shape, params.first, params.end);
      return { x: broadcastMiddle(dy, m, { shape, factor: factorOf(m) }) };
    },
  });
}

const sumOp = sumOpOf("sum", () => 1);
const meanOp = sumOpOf("mean", ({ R }) => 1 / R);

const maxOp = defineOp<Range>({
  name: "max",
  forward: (inputs, range) => {
    const x = need(inputs, "x");
    const m = middle(x.shape, range.first, range.end);
    if (m.R === 0) throw new ShapeError(`max: ${shown("x", x)} has nothing to take a maximum of`);
    return reduceMiddle(x, m, { shape: shapeFor(x, range), max: true });
  },
  vjp: (dy, recorded) => ({ x: maxMiddleVjp(dy, recorded, [recorded.params.first, recorded.params.end]) }),
});

const argMaxOp = defineOp({
  name: "arg_max",
  forward: (inputs) => {
    const x = need(inputs, "x");
    const C = x.shape.at(-1);
    if (!C) throw new ShapeError(`argMax: ${shown("x", x)} has no last axis to search`);
    const y = x.engine.empty(x.shape.slice(0, -1), "int32");
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(argMaxKernel, ranges, { rows: ranges.x.size / 4 / C, C });
    });
    return y;
  },
  vjp: () => ({}),
});

const oneHotOp = defineOp<{ depth: number }>({
  name: "one_hot",
  forward: (inputs, { depth }) => {
    const x = need(inputs, "x");
    if (x.dtype !== "int32") throw new ShapeError(`oneHot: ${shown("x", x)} is ${x.dtype}; indices are int32`);
    const y = x.engine.empty([...x.shape, depth]);
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(oneHotKernel, ranges, { n: ranges.y.size / 4, C: depth });
    });
    return y;
  },
  vjp: () => ({}),
});
