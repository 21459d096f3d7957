import { type ChannelNumbers, channelAffine } from "../../src/autograd/ops/channel-affine.ts";
import { conv2dTranspose } from "../../src/autograd/ops/conv-transpose.ts";
import { groupNorm, layerNorm, rmsNorm, unitNorm } from "../../src/autograd/ops/group-norm.ts";
import { matmul } from "../../src/autograd/ops/matmul.ts";
import { crop2d, permute, slice } from "../../src/autograd/ops/permute.ts";
import { sizeOf } from "../reference/array.ts";
import { affineByChannel } from "../reference/channel-affine.ts";
import { type ConvTransposeRule, transposedConvolution } from "../reference/conv-transpose.ts";
import { groupNormalization } from "../reference/group-norm.ts";
import { matrixProducts } from "../reference/matmul.ts";
import { permutation, slicing } from "../reference/permute.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

type Shape = readonly number[];
type Shape4 = readonly [number, number, number, number];

export function permuteCase(name: string, x: Shape, order: Shape): OpCase {
  return opCase({
    op: "permute",
    name,
    inputs: { x: { shape: x } },
    run: (t) => permute(t.x, order),
    reference: permutation(order),
    differentiable: ["x"],
    linear: true,
    K: 1,
  });
}

interface SliceSpec {
  readonly begin: Shape;
  readonly end: Shape;
  readonly steps?: Shape;
}

export function sliceCase(name: string, x: Shape, spec: SliceSpec): OpCase {
  return opCase({
    op: "slice",
    name,
    inputs: { x: { shape: x } },
    run: (t) => slice(t.x, spec),
    reference: slicing(spec.begin, spec.end, spec.steps),
    differentiable: ["x"],
    linear: true,
    K: 1,
  });
}

export function cropCase(name: string, x: Shape4, [top, bottom, left, right]: Shape4): OpCase {
  const [n, h, w, c] = x;
  const cut: [[number, number], [number, number]] = [
    [top, bottom],
    [left, right],
  ];
  return opCase({
    op: "crop2d",
    name,
    inputs: { x: { shape: x } },
    run: (t) => crop2d(t.x, cut),
    reference: slicing([0, top, left, 0], [n, h - bottom, w - right, c]),
    differentiable: ["x"],
    linear: true,
    K: 1,
  });
}

export interface MatmulSpec {
  readonly name: string;
  readonly n: number;
  readonly m: number;
  readonly k: number;
  readonly c: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

export function matmulCase({ name, n, m, k, c, transposeA = false, transposeB = false }: MatmulSpec): OpCase {
  return opCase({
    op: "matmul",
    name,
    inputs: {
      a: { shape: transposeA ? [n, k, m] : [n, m, k] },
      b: { shape: transposeB ? [n, c, k] : [n, k, c] },
    },
    run: (t) => matmul(t.a, t.b, { transposeA, transposeB }),
    reference: matrixProducts({ transposeA, transposeB }),
    differentiable: ["a", "b"],
    linear: true,
    K: Math.max(m, k, c),
    flops: 2 * n * m * k * c,
  });
}

export interface ConvTransposeSpec extends ConvTransposeRule {
  readonly name: string;
  /** [n, h, w, c] */
  readonly x: Shape4;
  /** [kh, kw, oc, c] */
  readonly w: Shape4;
  readonly bias?: boolean;
}

export function convTransposeCase({ name, x, w, bias = true, ...rule }: ConvTransposeSpec): OpCase {
  interface Inputs {
    x: InputSpec;
    w: InputSpec;
    b?: InputSpec;
  }
  const inputs: Inputs = { x: { shape: x }, w: { shape: w }, ...(bias && { b: { shape: [w[2]] } }) };
  const { stride = [1, 1], dilation = [1, 1] } = rule;
  // db adds up all pixels of y, whose sides are at most n * stride + reach long
  const side = (axis: 0 | 1) => x[axis === 0 ? 1 : 2] * stride[axis] + w[axis] * dilation[axis];
  return opCase({
    op: "conv2dTranspose",
    name,
    inputs,
    run: (t) => conv2dTranspose(t.x, t.w, t.b, rule),
    reference: transposedConvolution(rule),
    differentiable: Object.keys(inputs),
    linear: true,
    K: Math.max(w[0] * w[1] * Math.max(w[2], w[3]) + 1, x[0] * (bias ? side(0) * side(1) : x[1] * x[2]), 1),
    flops: 2 * sizeOf(x) * w[0] * w[1] * w[2],
  });
}

export interface NormSpec {
  readonly name: string;
  readonly x: Shape;
  readonly kind?: "layer" | "group" | "rms" | "unit";
  /** The first normalised axis. */
  readonly axis?: number;
  readonly groups?: number;
  readonly epsilon?: number;
  readonly with?: readonly ("gamma" | "beta")[];
  /** Of unit norm: what shorter lengths are taken for. */
  readonly least?: number;
  /** For the values of x. */
  readonly input?: Omit<InputSpec, "shape">;
  readonly smooth?: boolean;
}

const normFunctions = { layer: "layerNorm", group: "groupNorm", rms: "rmsNorm", unit: "unitNorm" } as const;

export function normCase(spec: NormSpec): OpCase {
  const { name, x, kind = "layer", groups = 1, with: parts = kind === "unit" ? [] : ["gamma", "beta"] } = spec;
  const first = kind === "group" ? x.length - 1 : (spec.axis ?? x.length - 1);
  const { least = 1e-6, smooth = true } = spec;
  const epsilon = kind === "unit" ? least ** 2 : (spec.epsilon ?? 1e-3);
  const shape = x.slice(first);
  interface Inputs {
    x: InputSpec;
    gamma?: InputSpec;
    beta?: InputSpec;
  }
  const inputs: Inputs = {
    x: { ...spec.input, shape: x },
    ...(parts.includes("gamma") && { gamma: { shape } }),
    ...(parts.includes("beta") && { beta: { shape } }),
  };
  const covered = sizeOf(shape);
  const members = (kind === "group" ? sizeOf(x.slice(1)) : covered) / groups;
  return opCase({
    op: kind === "group" ? "groupNorm" : normFunctions[kind],
    name,
    inputs,
    run: (t) => {
      if (kind === "group") return groupNorm(t.x, t, { groups, epsilon });
      if (kind === "rms") return rmsNorm(t.x, t.gamma, { axis: first, epsilon });
      return kind === "unit" ? unitNorm(t.x, { axis: first, least }) : layerNorm(t.x, t, { axis: first, epsilon });
    },
    reference: groupNormalization({ kind, first, groups, epsilon }),
    differentiable: ["x", ...parts],
    // the sums over a group, or over all groups, and the handful of roundings of each term
    K: Math.max(members, sizeOf(x) / Math.max(1, covered)) + 16,
    smooth,
  });
}

type Numbers = { readonly [Name in keyof ChannelNumbers]?: readonly number[] };

function affineCase(name: string, x: Shape, numbers: Numbers): OpCase {
  return opCase({
    op: "channelAffine",
    name,
    inputs: { x: { shape: x } },
    run: (t) => channelAffine(t.x, numbers),
    reference: affineByChannel(numbers),
    differentiable: ["x"],
    linear: true,
    // four operations, one of them 1 / sqrt(1), which may err by two units
    K: 5,
  });
}

const permutations: [name: string, x: Shape, order: Shape][] = [
  ["NHWC to NCHW", [2, 7, 5, 3], [0, 3, 1, 2]],
  ["NCHW to NHWC", [2, 3, 7, 5], [0, 2, 3, 1]],
  ["NHWC to NCHW by fours", [3, 8, 6, 20], [0, 3, 1, 2]],
  ["NCHW to NHWC by fours", [2, 36, 4, 9], [0, 2, 3, 1]],
  ["a matrix", [37, 19], [1, 0]],
  ["a matrix by fours", [40, 68], [1, 0]],
  ["height and width", [2, 7, 5, 3], [0, 2, 1, 3]],
  ["height and width, channels by fours", [2, 7, 5, 8], [0, 2, 1, 3]],
  ["all axes turned around", [2, 3, 5, 7], [3, 2, 1, 0]],
  ["six axes", [2, 3, 2, 5, 3, 2], [5, 0, 3, 1, 4, 2]],
  ["in their order", [2, 7, 5], [0, 1, 2]],
  ["only axes of one element change places", [1, 1, 6, 1, 5], [1, 3, 2, 0, 4]],
  ["batch moved", [3, 7, 4], [1, 0, 2]],
  ["one axis", [5], [0]],
  ["no axes", [], []],
  ["empty batch", [0, 3, 4, 5], [0, 3, 1, 2]],
  ["many matrices", [70_001, 2, 3], [0, 2, 1]],
];

const slices: [name: string, x: Shape, spec: SliceSpec][] = [
  ["a box", [2, 7, 5, 3], { begin: [0, 1, 2, 0], end: [2, 6, 4, 3] }],
  ["channels by fours", [2, 7, 5, 12], { begin: [0, 1, 0, 4], end: [2, 6, 5, 12] }],
  ["every second pixel", [2, 7, 5, 3], { begin: [0, 0, 1, 0], end: [2, 7, 5, 3], steps: [1, 2, 2, 1] }],
  ["every third channel", [1, 3, 2, 10], { begin: [0, 0, 0, 1], end: [1, 3, 2, 10], steps: [1, 1, 1, 3] }],
  ["rows of the batch", [5, 3, 4], { begin: [1, 0, 0], end: [4, 3, 4], steps: [2, 1, 1] }],
  ["one element", [3, 4], { begin: [2, 3], end: [3, 4] }],
  ["everything", [3, 4], { begin: [0, 0], end: [3, 4] }],
  ["five axes", [2, 3, 2, 4, 3], { begin: [0, 1, 0, 1, 0], end: [2, 3, 1, 4, 3], steps: [1, 1, 1, 2, 2] }],
  ["empty batch", [0, 5, 4], { begin: [0, 1, 0], end: [0, 4, 4] }],
];

const crops: [name: string, x: Shape4, cut: Shape4][] = [
  ["all around", [2, 9, 8, 3], [1, 2, 3, 1]],
  ["channels by fours", [1, 6, 7, 8], [0, 1, 2, 0]],
  ["by nothing", [1, 3, 2, 4], [0, 0, 0, 0]],
  ["to one pixel", [2, 5, 4, 3], [2, 2, 3, 0]],
];

const products: MatmulSpec[] = [
  { name: "7x5 times 5x3", n: 2, m: 7, k: 5, c: 3 },
  { name: "by fours", n: 3, m: 8, k: 12, c: 16 },
  { name: "first transposed", n: 2, m: 7, k: 5, c: 3, transposeA: true },
  { name: "second transposed", n: 2, m: 7, k: 5, c: 3, transposeB: true },
  { name: "both transposed", n: 2, m: 4, k: 8, c: 12, transposeA: true, transposeB: true },
  { name: "inner products", n: 4, m: 1, k: 33, c: 1, transposeB: true },
  { name: "outer products", n: 3, m: 6, k: 1, c: 9 },
  { name: "one number", n: 1, m: 1, k: 1, c: 1 },
  { name: "empty batch", n: 0, m: 2, k: 3, c: 4 },
];

const transposed: ConvTransposeSpec[] = [
  { name: "3x3 valid", x: [2, 5, 4, 3], w: [3, 3, 6, 3] },
  { name: "3x3 same", x: [1, 7, 5, 3], w: [3, 3, 4, 3], padding: "same" },
  { name: "3x3 stride 2 same", x: [2, 4, 3, 5], w: [3, 3, 2, 5], stride: [2, 2], padding: "same" },
  { name: "4x4 stride 2 same, channels by fours", x: [1, 4, 5, 8], w: [4, 4, 8, 8], stride: [2, 2], padding: "same" },
  { name: "2x2 stride 2 valid", x: [2, 3, 4, 4], w: [2, 2, 4, 4], stride: [2, 2] },
  { name: "2x2 stride 3 valid, gaps", x: [1, 3, 4, 2], w: [2, 2, 3, 2], stride: [3, 3] },
  { name: "1x1 stride 2 same", x: [1, 3, 3, 2], w: [1, 1, 5, 2], stride: [2, 2], padding: "same" },
  { name: "5x3 stride 2x1", x: [1, 4, 6, 2], w: [5, 3, 3, 2], stride: [2, 1], padding: "same" },
  {
    name: "output padding 1, same",
    x: [1, 4, 3, 3],
    w: [3, 3, 2, 3],
    stride: [2, 2],
    padding: "same",
    outputPadding: [1, 1],
  },
  {
    name: "output padding 0, same",
    x: [1, 4, 3, 3],
    w: [3, 3, 2, 3],
    stride: [2, 2],
    padding: "same",
    outputPadding: [0, 0],
  },
  { name: "output padding 2x1, valid", x: [1, 3, 3, 3], w: [3, 3, 2, 3], stride: [3, 2], outputPadding: [2, 1] },
  { name: "dilation 2 valid", x: [1, 5, 4, 3], w: [3, 2, 4, 3], dilation: [2, 2] },
  { name: "dilation 2x3 same", x: [1, 6, 7, 2], w: [3, 3, 3, 2], dilation: [2, 3], padding: "same" },
  { name: "without bias", x: [1, 4, 4, 3], w: [3, 3, 2, 3], bias: false },
  { name: "many channels", x: [1, 3, 3, 32], w: [3, 3, 132, 32], stride: [2, 2], padding: "same" },
  { name: "one pixel", x: [1, 1, 1, 1], w: [1, 1, 1, 1] },
  { name: "empty batch", x: [0, 4, 4, 3], w: [3, 3, 2, 3] },
];

const norms: NormSpec[] = [
  { name: "channels", x: [2, 7, 5, 10] },
  { name: "channels by fours", x: [2, 3, 4, 8] },
  { name: "many channels (ConvNeXt's epsilon)", x: [2, 3, 2, 96], epsilon: 1e-6 },
  { name: "height, width and channels", x: [3, 4, 5, 6], axis: 1 },
  { name: "rows", x: [5, 13], with: ["gamma"] },
  { name: "rows without gamma", x: [4, 7], with: ["beta"] },
  { name: "rows without either", x: [4, 130], with: [] },
  { name: "far from zero", x: [3, 70], input: { range: [9, 11] } },
  { name: "equal elements", x: [2, 6], input: { values: [3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0] } },
  { name: "one element", x: [2, 1] },
  { name: "empty batch", x: [0, 3, 4] },
  { name: "two groups", x: [2, 7, 5, 6], kind: "group", groups: 2 },
  { name: "groups by fours", x: [2, 4, 3, 16], kind: "group", groups: 4 },
  { name: "one group", x: [2, 3, 4, 5], kind: "group", groups: 1 },
  { name: "a group to each channel", x: [3, 6, 5, 4], kind: "group", groups: 4, with: ["beta"] },
  { name: "many pixels", x: [1, 23, 19, 6], kind: "group", groups: 3 },
  { name: "no pixels", x: [3, 12], kind: "group", groups: 3, with: [] },
  { name: "channels", x: [2, 3, 4, 7], kind: "rms", epsilon: 1e-6, with: ["gamma"] },
  { name: "long rows", x: [3, 100], kind: "rms", with: [] },
  { name: "channels", x: [2, 3, 4, 7], kind: "unit" },
  { name: "long rows", x: [3, 100], kind: "unit" },
  { name: "channels by fours", x: [2, 5, 8], kind: "unit", axis: 1 },
  { name: "too short to divide by", x: [2, 4], kind: "unit", least: 1, input: { range: [-0.3, 0.3] } },
  // differences of 1e-6 would reach beyond the least length
  { name: "hardly any length", x: [2, 4], kind: "unit", input: { range: [-2e-7, 2e-7] }, smooth: false },
  {
    name: "no length under 1e-12",
    x: [2, 4],
    kind: "unit",
    least: 1e-12,
    input: { range: [-2e-7, 2e-7] },
    smooth: false,
  },
];

const affines: [name: string, x: Shape, numbers: Numbers][] = [
  ["all numbers", [2, 3, 4, 3], { center: [1, 2, 3], factor: [0.5, -2, 0.1], offset: [0, 1, -1] }],
  ["by fours", [2, 5, 4], { factor: [1, 2, 3, 4], offset: [4, 3, 2, 1] }],
  ["a center alone", [3, 2], { center: [103.939, 116.779] }],
  ["nothing", [2, 3], {}],
];

export const structureCases: OpCase[] = [
  ...affines.map((row) => affineCase(...row)),
  ...permutations.map((row) => permuteCase(...row)),
  ...slices.map((row) => sliceCase(...row)),
  ...crops.map((row) => cropCase(...row)),
  ...products.map(matmulCase),
  ...transposed.map(convTransposeCase),
  ...norms.map(normCase),
];
