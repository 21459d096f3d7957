import { concat, flatten, reshape, zeroPad2d } from "../../src/autograd/ops/layout.ts";
import { argMax, max, mean, oneHot, sum } from "../../src/autograd/ops/reduce.ts";
import { resize2d } from "../../src/autograd/ops/resize.ts";
import { rowStatistics } from "../../src/autograd/ops/statistics.ts";
import { sizeOf } from "../reference/array.ts";
import { concatenation, reshaping, zeroPadding } from "../reference/layout.ts";
import { averaging, greatestIndex, indicator, maximum, type ReduceOptions, summation } from "../reference/reduce.ts";
import { type ResizeOptions, resizing } from "../reference/resize.ts";
import { slicesOfRows } from "../reference/statistics.ts";
import { type InputSpec, type OpCase, opCase, type Tensors } from "./case.ts";

type Shape = readonly number[];
type Pair = [number, number];

export function zeroPadCase(
  name: string,
  x: Shape,
  [top, bottom, left, right]: readonly [number, number, number, number],
): OpCase {
  const borders: [Pair, Pair] = [
    [top, bottom],
    [left, right],
  ];
  return opCase({
    op: "zeroPad2d",
    name,
    inputs: { x: { shape: x } },
    run: (t) => zeroPad2d(t.x, borders),
    reference: zeroPadding(borders),
    differentiable: ["x"],
    linear: true,
    K: 1,
  });
}

function reshapeCase(name: string, { x, to, wanted }: { x: Shape; to: readonly number[]; wanted: Shape }): OpCase {
  return opCase({
    op: "reshape",
    name,
    inputs: { x: { shape: x } },
    run: (t) => reshape(t.x, to),
    reference: reshaping(() => wanted),
    differentiable: ["x"],
    linear: true,
    K: 1,
  });
}

export function flattenCase(name: string, x: Shape): OpCase {
  return opCase({
    op: "flatten",
    name,
    inputs: { x: { shape: x } },
    run: (t) => flatten(t.x),
    reference: reshaping(([n = 0, ...rest]) => [n, sizeOf(rest)]),
    differentiable: ["x"],
    linear: true,
    K: 1,
  });
}

export function concatCase(name: string, { shapes, axis }: { shapes: readonly Shape[]; axis: number }): OpCase {
  const inputs: Record<string, InputSpec> = Object.fromEntries(shapes.map((shape, i) => [`part${i}`, { shape }]));
  return opCase({
    op: "concat",
    name,
    inputs,
    run: (tensors: Tensors) => concat(Object.values(tensors), axis),
    reference: concatenation(axis < 0 ? axis + (shapes[0]?.length ?? 0) : axis),
    differentiable: Object.keys(inputs),
    linear: true,
    K: 1,
  });
}

export interface ResizeSpec extends ResizeOptions {
  readonly name: string;
  readonly x: Shape;
}

export function resizeCase({ name, x, ...options }: ResizeSpec): OpCase {
  const [, h = 1, w = 1] = x;
  const { height, width, method } = options;
  // a position is rounded in proportion to its size; backward, an input gathers from all outputs near it
  const gathered = Math.ceil((2 * height) / h + 2) * Math.ceil((2 * width) / w + 2);
  return opCase({
    op: "resize2d",
    name: `${method}, ${name}`,
    inputs: { x: { shape: x } },
    run: (t) => resize2d(t.x, options),
    reference: resizing(options),
    differentiable: ["x"],
    linear: true,
    K: 4 * (h + w) + gathered,
  });
}

const resizes: Omit<ResizeSpec, "method">[] = [
  { name: "7x5 to 10x14", x: [2, 7, 5, 3], height: 10, width: 14 },
  { name: "7x7 to 56x56", x: [1, 7, 7, 1], height: 56, width: 56 },
  { name: "10x14 to 7x5", x: [1, 10, 14, 3], height: 7, width: 5 },
  { name: "12x9 to 3x3", x: [1, 12, 9, 2], height: 3, width: 3 },
  { name: "one pixel to 4x3", x: [2, 1, 1, 5], height: 4, width: 3 },
  { name: "5x4 to one pixel", x: [1, 5, 4, 3], height: 1, width: 1 },
  { name: "to itself", x: [1, 6, 7, 2], height: 6, width: 7 },
  { name: "4x6 to 6x4 (positions on whole numbers)", x: [1, 4, 6, 2], height: 6, width: 4 },
  { name: "channels by fours", x: [2, 5, 4, 8], height: 7, width: 3 },
  { name: "empty batch", x: [0, 4, 3, 2], height: 5, width: 5 },
];

const methods = ["half-pixel", "align-corners", "nearest"] as const;

export interface ReduceSpec extends ReduceOptions {
  readonly name: string;
  readonly x: Shape;
  readonly step?: number;
}

export function reduceCases({ name, x, step, ...rest }: ReduceSpec): OpCase[] {
  const options = { ...rest, ...(rest.axes && { axes: [...rest.axes] }) };
  const input: InputSpec = { shape: x, ...(step !== undefined && { step }) };
  const length = sizeOf((rest.axes ?? x.map((_, axis) => axis)).map((axis) => x[axis] ?? 1));
  const common = { name, inputs: { x: input }, differentiable: ["x"], K: length + 2 };
  return [
    opCase({ ...common, op: "sum", run: (t) => sum(t.x, options), reference: summation(options), linear: true }),
    opCase({ ...common, op: "mean", run: (t) => mean(t.x, options), reference: averaging(options), linear: true }),
    opCase({
      ...common,
      op: "max",
      run: (t) => max(t.x, options),
      reference: maximum(options),
      smooth: step === undefined,
    }),
  ];
}

const reductions: ReduceSpec[] = [
  { name: "all axes", x: [3, 7, 5] },
  { name: "all axes kept", x: [3, 7, 5], keepDims: true },
  { name: "last axis", x: [3, 7, 11], axes: [2] },
  { name: "first axis", x: [7, 5, 3], axes: [0] },
  { name: "middle axis kept", x: [2, 7, 5], axes: [1], keepDims: true },
  { name: "pixels", x: [2, 7, 5, 10], axes: [1, 2] },
  { name: "all but channels", x: [2, 7, 5, 3], axes: [0, 1, 2] },
  { name: "pixels, channels by fours", x: [3, 7, 5, 12], axes: [1, 2] },
  { name: "one element", x: [1] },
  { name: "long", x: [2, 10_007], axes: [1] },
  { name: "ties", x: [3, 40], axes: [1], step: 0.5 },
  { name: "ties, long", x: [2, 70, 6], axes: [1], step: 0.5 },
  { name: "ties over the batch", x: [35, 5], axes: [0], step: 0.5, keepDims: true },
];

export function argMaxCase(name: string, input: InputSpec): OpCase {
  const inputs = { x: input };
  return opCase({
    op: "argMax",
    name,
    inputs,
    run: (t) => argMax(t.x),
    reference: greatestIndex,
    differentiable: [],
    K: 1,
  });
}

export function rowStatisticsCase(name: string, input: InputSpec): OpCase {
  return opCase({
    op: "rowStatistics",
    name,
    inputs: { x: input },
    run: (t) => rowStatistics(t.x),
    reference: slicesOfRows,
    differentiable: [],
    K: 4096,
  });
}

export function oneHotCase(name: string, shape: Shape, depth: number): OpCase {
  return opCase({
    op: "oneHot",
    name,
    inputs: { index: { shape, dtype: "int32", range: [0, depth - 1] } },
    run: (t) => oneHot(t.index, depth),
    reference: indicator(depth),
    differentiable: [],
    K: 1,
  });
}

export const layoutCases: OpCase[] = [
  zeroPadCase("all around", [2, 7, 5, 3], [1, 2, 3, 4]),
  zeroPadCase("on one side", [1, 6, 6, 4], [0, 1, 0, 1]),
  zeroPadCase("by nothing", [1, 2, 3, 5], [0, 0, 0, 0]),
  zeroPadCase("one pixel", [1, 1, 1, 1], [2, 0, 0, 2]),
  zeroPadCase("empty batch", [0, 3, 2, 4], [1, 1, 1, 1]),
  reshapeCase("pixels to rows", { x: [2, 7, 5, 3], to: [2, 35, 3], wanted: [2, 35, 3] }),
  reshapeCase("with an extent left open", { x: [2, 7, 5, 3], to: [-1, 15], wanted: [14, 15] }),
  reshapeCase("to no axes", { x: [1, 1], to: [], wanted: [] }),
  flattenCase("7x5", [3, 7, 5, 3]),
  flattenCase("already flat", [3, 7]),
  concatCase("channels", {
    shapes: [
      [2, 7, 5, 3],
      [2, 7, 5, 10],
      [2, 7, 5, 1],
    ],
    axis: 3,
  }),
  concatCase("channels, counted from the back", {
    shapes: [
      [1, 3, 2, 4],
      [1, 3, 2, 8],
    ],
    axis: -1,
  }),
  concatCase("batches", {
    shapes: [
      [1, 7, 3],
      [2, 7, 3],
    ],
    axis: 0,
  }),
  concatCase("rows", {
    shapes: [
      [2, 3, 5],
      [2, 1, 5],
      [2, 4, 5],
    ],
    axis: 1,
  }),
  concatCase("one alone", { shapes: [[2, 3]], axis: 1 }),
  concatCase("with an empty one", {
    shapes: [
      [2, 3],
      [2, 0],
      [2, 4],
    ],
    axis: 1,
  }),
  ...methods.flatMap((method) => resizes.map((spec) => resizeCase({ ...spec, method }))),
  ...reductions.flatMap(reduceCases),
  argMaxCase("10 classes", { shape: [5, 10] }),
  argMaxCase("1,000 classes", { shape: [2, 1000] }),
  argMaxCase("ties", { shape: [7, 30], step: 0.5 }),
  argMaxCase("all negative", { shape: [3, 7], range: [-5, -1] }),
  argMaxCase("one class", { shape: [4, 1] }),
  rowStatisticsCase("7x5", { shape: [2, 7, 5, 3] }),
  rowStatisticsCase("one value", { shape: [1] }),
  rowStatisticsCase("no axes", { shape: [] }),
  rowStatisticsCase("zeros among them, all negative otherwise", { shape: [3, 40], range: [-2, 0], step: 0.5 }),
  rowStatisticsCase("three slices, the last cut short", { shape: [2, 9001] }),
  rowStatisticsCase("empty batch", { shape: [0, 5] }),
  oneHotCase("10 classes", [5], 10),
  oneHotCase("classes by fours", [7], 12),
  oneHotCase("one class", [3], 1),
  oneHotCase("empty batch", [0], 4),
];
