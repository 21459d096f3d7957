import { conv2d } from "../../src/autograd/ops/convolution.ts";
import { depthwiseConv2d } from "../../src/autograd/ops/depthwise.ts";
import { sizeOf } from "../reference/array.ts";
import { type ConvolutionOptions, convolution, depthwiseConvolution } from "../reference/convolution.ts";
import { windowAlong } from "../reference/window.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

type Shape4 = readonly [number, number, number, number];

interface ConvolutionInputSpecs {
  readonly x: InputSpec;
  readonly w: InputSpec;
  readonly b?: InputSpec;
}

export interface ConvolutionSpec extends ConvolutionOptions {
  readonly name: string;
  /** [n, h, w, c] */
  readonly x: Shape4;
  /** [kh, kw, c / groups, oc]; for depthwise [kh, kw, c, m] */
  readonly w: Shape4;
  /** Without a bias, if false. */
  readonly bias?: boolean;
}

export function conv2dCase({ name, x, w, bias = true, ...options }: ConvolutionSpec): OpCase {
  const { K, products } = work(x, w, { ...options, perOutput: w[2], outputs: w[3] });
  const inputs: ConvolutionInputSpecs = { x: { shape: x }, w: { shape: w }, ...(bias && { b: { shape: [w[3]] } }) };
  return opCase({
    op: "conv2d",
    name,
    inputs,
    run: (t) => conv2d(t.x, t.w, t.b, options),
    reference: convolution(options),
    differentiable: Object.keys(inputs),
    linear: true,
    K,
    flops: 2 * products,
  });
}

export function depthwiseCase({ name, x, w, bias = true, ...options }: Omit<ConvolutionSpec, "groups">): OpCase {
  const outputs = w[2] * w[3];
  const { K, products } = work(x, w, { ...options, perOutput: 1, outputs });
  const inputs: ConvolutionInputSpecs = { x: { shape: x }, w: { shape: w }, ...(bias && { b: { shape: [outputs] } }) };
  return opCase({
    op: "depthwiseConv2d",
    name,
    inputs,
    run: (t) => depthwiseConv2d(t.x, t.w, t.b, options),
    reference: depthwiseConvolution(options),
    differentiable: Object.keys(inputs),
    linear: true,
    K,
    flops: 2 * products,
  });
}

interface Work extends ConvolutionOptions {
  /** Input channels that one output sees. */
  readonly perOutput: number;
  readonly outputs: number;
}

function work(x: Shape4, w: Shape4, { perOutput, outputs, ...options }: Work) {
  const pixels = x[0] * windowAlong(0, x[1], w[0], options).outputs * windowAlong(1, x[2], w[1], options).outputs;
  const taps = w[0] * w[1];
  // longest sums: forward over taps and channels, dx over taps and outputs, dw and db over pixels
  const K = Math.max(taps * perOutput + 1, taps * outputs, pixels, 1);
  return { K, products: sizeOf([pixels, taps, perOutput, outputs]) };
}

const specs: ConvolutionSpec[] = [
  { name: "1x1", x: [2, 7, 5, 3], w: [1, 1, 3, 10] },
  { name: "1x1 on one pixel", x: [1, 1, 1, 1], w: [1, 1, 1, 1] },
  { name: "1x1 with channels by fours", x: [1, 6, 6, 16], w: [1, 1, 16, 32] },
  { name: "1x1, stride 2 (pixels without gradient)", x: [2, 7, 5, 8], w: [1, 1, 8, 12], stride: 2 },
  { name: "3x3 valid", x: [1, 7, 5, 3], w: [3, 3, 3, 10] },
  { name: "3x3 same", x: [3, 7, 5, 3], w: [3, 3, 3, 10], padding: "same" },
  { name: "3x3 same without bias", x: [3, 7, 5, 3], w: [3, 3, 3, 10], padding: "same", bias: false },
  { name: "3x3 same with channels by fours", x: [2, 8, 8, 12], w: [3, 3, 12, 20], padding: "same" },
  { name: "3x3 same, one channel in", x: [2, 7, 5, 1], w: [3, 3, 1, 8], padding: "same" },
  { name: "3x3 same, one channel out", x: [2, 7, 5, 8], w: [3, 3, 8, 1], padding: "same" },
  { name: "3x3, more than one tile", x: [1, 13, 11, 12], w: [3, 3, 12, 68], padding: "same" },
  { name: "3x3, primes, more than one tile", x: [1, 11, 7, 11], w: [3, 3, 11, 37], padding: "same" },
  { name: "3x3, batch 3, more than one tile", x: [3, 5, 5, 4], w: [3, 3, 4, 132], padding: "same" },
  { name: "1x1, many channels in", x: [2, 5, 4, 132], w: [1, 1, 132, 12] },
  { name: "3x3 stride 2 same, many channels in", x: [1, 5, 4, 128], w: [3, 3, 128, 4], stride: 2, padding: "same" },
  { name: "3x3 stride 2 same", x: [2, 7, 6, 4], w: [3, 3, 4, 8], stride: 2, padding: "same" },
  { name: "3x3 stride 2 same, odd channels", x: [2, 8, 7, 3], w: [3, 3, 3, 10], stride: 2, padding: "same" },
  { name: "3x3 stride 2 valid (border without gradient)", x: [1, 8, 10, 4], w: [3, 3, 4, 8], stride: 2 },
  { name: "3x3 stride (2, 1)", x: [2, 9, 6, 5], w: [3, 3, 5, 6], stride: [2, 1], padding: "same" },
  { name: "2x2 stride 3 (gaps without gradient)", x: [1, 10, 11, 4], w: [2, 2, 4, 4], stride: 3 },
  { name: "3x3 dilation 2", x: [1, 9, 8, 4], w: [3, 3, 4, 8], dilation: 2 },
  { name: "3x3 dilation 2 same", x: [2, 9, 8, 3], w: [3, 3, 3, 5], dilation: 2, padding: "same" },
  { name: "3x2 dilation (1, 3)", x: [1, 6, 9, 2], w: [3, 2, 2, 3], dilation: [1, 3], padding: "same" },
  { name: "3x3 stride 2 dilation 2", x: [1, 11, 10, 4], w: [3, 3, 4, 4], stride: 2, dilation: 2, padding: "same" },
  { name: "3x3 two groups", x: [2, 7, 5, 6], w: [3, 3, 3, 10], groups: 2, padding: "same" },
  { name: "1x1 four groups by fours", x: [1, 5, 4, 16], w: [1, 1, 4, 32], groups: 4 },
  { name: "3x3 as many groups as channels", x: [1, 6, 5, 5], w: [3, 3, 1, 10], groups: 5, stride: 2, padding: "same" },
  { name: "5x5 same", x: [1, 9, 10, 3], w: [5, 5, 3, 10], padding: "same" },
  { name: "5x5 stride 2 same", x: [2, 9, 10, 4], w: [5, 5, 4, 4], stride: 2, padding: "same" },
  {
    name: "7x7 stride 2, ResNet's stem",
    x: [1, 23, 22, 3],
    w: [7, 7, 3, 16],
    stride: 2,
    padding: [
      [3, 3],
      [3, 3],
    ],
  },
  { name: "7x7 larger than the picture", x: [1, 4, 3, 2], w: [7, 7, 2, 3], padding: "same" },
  { name: "as large as the picture", x: [2, 5, 7, 3], w: [5, 7, 3, 4] },
  {
    name: "asymmetric padding",
    x: [1, 6, 5, 3],
    w: [3, 3, 3, 4],
    padding: [
      [0, 2],
      [3, 1],
    ],
  },
  {
    name: "asymmetric padding, stride 2",
    x: [2, 6, 8, 4],
    w: [3, 3, 4, 4],
    stride: 2,
    padding: [
      [0, 1],
      [0, 1],
    ],
  },
  {
    name: "1x5 and padding wider than the kernel",
    x: [1, 3, 4, 2],
    w: [1, 5, 2, 3],
    padding: [
      [1, 0],
      [6, 5],
    ],
  },
  { name: "empty batch", x: [0, 7, 5, 3], w: [3, 3, 3, 10], padding: "same" },
];

const depthwiseSpecs: Omit<ConvolutionSpec, "groups">[] = [
  { name: "3x3 same", x: [2, 7, 5, 6], w: [3, 3, 6, 1], padding: "same" },
  { name: "3x3 same by fours", x: [2, 7, 5, 8], w: [3, 3, 8, 1], padding: "same" },
  { name: "3x3 without bias", x: [1, 7, 5, 6], w: [3, 3, 6, 1], bias: false },
  { name: "multiplier 2", x: [2, 7, 5, 3], w: [3, 3, 3, 2], padding: "same" },
  { name: "multiplier 2, stride 2", x: [1, 8, 7, 4], w: [3, 3, 4, 2], stride: 2, padding: "same" },
  { name: "stride (2, 1), dilation (1, 2)", x: [1, 8, 7, 4], w: [3, 3, 4, 1], stride: [2, 1], dilation: [1, 2] },
  {
    name: "5x5 stride 2 after asymmetric padding",
    x: [1, 9, 9, 8],
    w: [5, 5, 8, 1],
    stride: 2,
    padding: [
      [1, 2],
      [2, 1],
    ],
  },
  { name: "one pixel", x: [1, 1, 1, 1], w: [1, 1, 1, 1] },
  { name: "larger than the picture", x: [1, 2, 3, 5], w: [5, 5, 5, 1], padding: "same" },
  { name: "empty batch", x: [0, 7, 5, 6], w: [3, 3, 6, 1], padding: "same" },
];

export const convolutionCases: OpCase[] = [...specs.map(conv2dCase), ...depthwiseSpecs.map(depthwiseCase)];
