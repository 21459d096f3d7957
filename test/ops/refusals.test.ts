// What the operations do not take: an error of its class that says what was got and what is wanted.
import { expect, it } from "vitest";
import { softmax } from "../../src/autograd/ops/activations.ts";
import { add } from "../../src/autograd/ops/arithmetic.ts";
import { conv2d } from "../../src/autograd/ops/convolution.ts";
import { dense } from "../../src/autograd/ops/dense.ts";
import { depthwiseConv2d } from "../../src/autograd/ops/depthwise.ts";
import { concat, reshape, zeroPad2d } from "../../src/autograd/ops/layout.ts";
import { batchNorm } from "../../src/autograd/ops/normalization.ts";
import { avgPool2d, globalAvgPool, maxPool2d } from "../../src/autograd/ops/pooling.ts";
import { argMax, max, oneHot, sum } from "../../src/autograd/ops/reduce.ts";
import { resize2d } from "../../src/autograd/ops/resize.ts";
import type { Padding } from "../../src/autograd/ops/window.ts";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import type { ResizeMethod } from "../../src/kernels/resizing.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const zeros = (...shape: number[]) => host.engine.zeros(shape);
const conv = (x: number[], w: number[], options = {}) => conv2d(zeros(...x), zeros(...w), undefined, options);
const padding = [
  [0, 0],
  [2, 0],
] as const;

const refusals: [what: string, run: () => Tensor, message: string | RegExp][] = [
  ["add", () => add(zeros(2, 3), zeros(2, 4)), "add: shapes [2, 3] and [2, 4] do not fit: axis 1 has 3 against 4"],
  ["add of 5 axes", () => add(zeros(1, 1, 1, 1, 1), zeros(1)), "add: 5 axes, at most 4 are supported"],
  ["softmax", () => softmax(zeros()), /^softmax: .* ax[ie]s/],
  ["conv2d's rank", () => conv([4, 4, 3], [3, 3, 3, 8]), "shape [4, 4, 3] has 3 axes but [n, h, w, c] is wanted"],
  [
    "conv2d's channels",
    () => conv([1, 4, 4, 4], [3, 3, 3, 8]),
    "x [1, 4, 4, 4] has 4 channels but w [3, 3, 3, 8] expects 3. The image has an alpha channel: drop it when loading.",
  ],
  ["conv2d's groups", () => conv([1, 4, 4, 6], [3, 3, 3, 5], { groups: 2 }), "5 output channels cannot be cut into 2"],
  ["half a group", () => conv([1, 4, 4, 3], [3, 3, 2, 3], { groups: 1.5 }), "3 output channels cannot be cut into 1.5"],
  ["conv2d's bias", () => conv2d(zeros(1, 4, 4, 3), zeros(3, 3, 3, 8), zeros(7)), "b [7] but w [3, 3, 3, 8] wants [8]"],
  [
    "conv2d's window",
    () => conv([1, 2, 4, 3], [3, 3, 3, 8]),
    /a window of 3x3 .* does not fit in 2x4 with padding "valid"/,
  ],
  [
    "conv2d's stride",
    () => conv([1, 4, 4, 3], [3, 3, 3, 8], { stride: 0 }),
    "conv2d: stride 0 must be one or two whole",
  ],
  [
    "conv2d's dilation",
    () => conv([1, 4, 4, 3], [3, 3, 3, 8], { dilation: [1, 1.5] }),
    "dilation [1,1.5] must be one or two whole numbers, at least 1",
  ],
  ...[
    "Same",
    1,
    [1, 1],
    [
      [-1, 0],
      [0, 0],
    ],
    [
      [0, 0.5],
      [0, 0],
    ],
  ].map((wrong): (typeof refusals)[number] => [
    `padding ${JSON.stringify(wrong)}`,
    () => conv([1, 4, 4, 3], [3, 3, 3, 8], { padding: wrong as Padding }),
    `conv2d: padding ${JSON.stringify(wrong)} must be "same", "valid", or [[top, bottom], [left, right]]`,
  ]),
  [
    "depthwiseConv2d's channels",
    () => depthwiseConv2d(zeros(1, 4, 4, 3), zeros(3, 3, 4, 1), undefined),
    "depthwiseConv2d: x [1, 4, 4, 3] has 3 channels but w [3, 3, 4, 1] expects 4",
  ],
  [
    "depthwiseConv2d's bias",
    () => depthwiseConv2d(zeros(1, 4, 4, 3), zeros(3, 3, 3, 2), zeros(3)),
    "b [3] but w [3, 3, 3, 2] wants [6]",
  ],
  ["dense", () => dense(zeros(2, 3), zeros(4, 5), undefined), "dense: x [2, 3] and w [4, 5] do not fit"],
  ["dense's bias", () => dense(zeros(2, 3), zeros(3, 5), zeros(4)), "dense: b [4] but w [3, 5] wants [5]"],
  ["zeroPad2d", () => zeroPad2d(zeros(1, 2, 2, 1), [padding[0], [-1, 0]]), "must be whole numbers, at least 0"],
  ["reshape", () => reshape(zeros(2, 3), [4, -1]), "reshape: x [2, 3] has 6 elements and does not fit [4, -1]"],
  ["concat of nothing", () => concat([], 0), "concat: no tensors given"],
  ["concat", () => concat([zeros(2, 3), zeros(3, 3)], 1), "tensor [3, 3] does not fit tensor [2, 3] along axis 1"],
  ["concat's axis", () => concat([zeros(2, 3)], 2), "concat: axis 2 is outside a shape of 2 axes"],
  [
    "batchNorm",
    () => batchNorm(zeros(2, 3), { mean: zeros(3), variance: zeros(4) }, { epsilon: 1e-3 }),
    "batchNorm: variance [4] but x [2, 3] wants [3]",
  ],
  [
    "maxPool2d of padding alone",
    () => maxPool2d(zeros(1, 4, 4, 1), { size: 2, padding }),
    "maxPool2d: padding [[0,0],[2,0]] leaves a window of 2x2 without any pixel of 4x4; pad by less than the window",
  ],
  [
    "avgPool2d of padding alone, behind",
    () => avgPool2d(zeros(1, 4, 4, 1), { size: 2, padding: [[0, 3], padding[0]] }),
    "avgPool2d: padding [[0,3],[0,0]] leaves a window of 2x2 without any pixel of 4x4",
  ],
  ["globalAvgPool", () => globalAvgPool(zeros(2, 3)), "globalAvgPool: shape [2, 3] has 2 axes"],
  ["sum", () => sum(zeros(2, 3, 4), { axes: [0, 2] }), "sum: axes 0,2 of x [2, 3, 4] are not neighbours"],
  ["max", () => max(zeros(2, 0), { axes: [1] }), "max: x [2, 0] has nothing to take a maximum of"],
  ["argMax", () => argMax(zeros()), "argMax: x [] has no last axis to search"],
  ["oneHot", () => oneHot(zeros(3), 4), "oneHot: x [3] is float32; indices are int32"],
  ["resize2d", () => resize2d(zeros(1, 2, 2, 1), { height: 0, width: 3 }), "resize2d: 0x3 must be whole numbers"],
];

it.each(refusals)("%s is refused", (_, run, message) => {
  const attempt = () => host.engine.scope(run);
  expect(attempt).toThrow(ShapeError);
  expect(attempt).toThrow(message);
});

it("a method of resizing that does not exist is refused by name", () => {
  const run = () => resize2d(zeros(1, 2, 2, 1), { height: 3, width: 3, method: "cubic" as ResizeMethod });
  const attempt = () => host.engine.scope(run);
  expect(attempt).toThrow(UnknownNameError);
  expect(attempt).toThrow('resize2d: no method "cubic"; there are half-pixel, align-corners, nearest');
});
