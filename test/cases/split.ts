// Rows whose arrays must be cut into several buffers when a binding holds no more than SPLIT_BYTES.
import { splitActivationCases } from "./activation.ts";
import type { OpCase } from "./case.ts";
import { conv2dCase, depthwiseCase } from "./convolution.ts";
import { denseCase } from "./dense.ts";
import { batchNormCase, pairCases, unaryCase } from "./elementwise.ts";
import {
  argMaxCase,
  concatCase,
  flattenCase,
  oneHotCase,
  type ResizeSpec,
  reduceCases,
  resizeCase,
  rowStatisticsCase,
  zeroPadCase,
} from "./layout.ts";
import { avgPoolCase, globalCases, maxPoolCase } from "./pooling.ts";
import { quantileCase } from "./quantile.ts";
import { convTransposeCase, matmulCase, normCase, permuteCase, sliceCase } from "./structure.ts";
import { rescaledTermsCase, termRangeCase } from "./terms.ts";
import { batchNormTrainingCase, dropoutCase, momentsCase } from "./training.ts";

export const SPLIT_BYTES = 4096;

const resizes: ResizeSpec[] = [
  { name: "cut", x: [9, 5, 4, 7], height: 8, width: 6, method: "half-pixel" },
  { name: "cut", x: [9, 8, 6, 7], height: 5, width: 4, method: "nearest" },
];

/** Pictures of a batch lie in different buffers; the cuts of input and output need not coincide. */
const batches: OpCase[] = [
  conv2dCase({ name: "cut", x: [9, 6, 6, 8], w: [3, 3, 8, 8], padding: "same" }),
  conv2dCase({
    name: "cut differently before and after",
    x: [9, 6, 6, 8],
    w: [3, 3, 8, 8],
    stride: 2,
    padding: "same",
  }),
  conv2dCase({ name: "cut, odd channels", x: [21, 7, 5, 3], w: [3, 3, 3, 10], padding: "same" }),
  conv2dCase({ name: "cut, groups", x: [13, 7, 5, 6], w: [3, 3, 3, 10], groups: 2 }),
  depthwiseCase({ name: "cut", x: [9, 6, 6, 8], w: [3, 3, 8, 1], padding: "same" }),
  depthwiseCase({ name: "cut, odd channels", x: [21, 7, 5, 3], w: [3, 3, 3, 2], stride: 2, padding: "same" }),
  maxPoolCase({ name: "cut, overlapping", x: [13, 9, 8, 5], size: [3, 3], stride: [2, 2] }),
  avgPoolCase({ name: "cut, overlapping", x: [13, 9, 8, 5], size: [3, 3], stride: [2, 2], padding: "same" }),
  ...globalCases("cut", [13, 7, 5, 10]),
  ...globalCases("cut, ties", [13, 7, 5, 12], 0.5),
  denseCase({ name: "cut input", n: 200, k: 33, oc: 16 }),
  denseCase({ name: "cut output", n: 200, k: 5, oc: 61 }),
  unaryCase("relu", "cut", { shape: [40, 7, 5, 3] }),
  unaryCase("sigmoid", "cut", { shape: [40, 7, 5, 3] }),
  unaryCase("scale", "cut", { shape: [40, 7, 5, 3] }, { linear: true }),
  unaryCase("softmax", "cut", { shape: [300, 10] }),
  unaryCase("logSoftmax", "cut", { shape: [300, 10] }),
  batchNormCase({ name: "cut", x: [40, 7, 5, 4] }),
  ...pairCases({ name: "cut", a: [40, 7, 5, 3], b: [40, 7, 5, 3] }),
  ...pairCases({ name: "cut, channels", a: [40, 7, 5, 3], b: [3] }),
  ...pairCases({ name: "cut, pictures", a: [40, 7, 5, 3], b: [40, 1, 1, 3] }),
  ...pairCases({ name: "cut, one picture for all", a: [40, 7, 5, 3], b: [1, 7, 5, 3] }),
  zeroPadCase("cut", [13, 7, 5, 3], [1, 2, 0, 1]),
  flattenCase("cut", [13, 7, 5, 3]),
  concatCase("cut, channels", {
    shapes: [
      [13, 7, 5, 3],
      [13, 7, 5, 4],
    ],
    axis: 3,
  }),
  concatCase("cut, batches", {
    shapes: [
      [13, 7, 5, 3],
      [8, 7, 5, 3],
    ],
    axis: 0,
  }),
  ...resizes.map(resizeCase),
  ...reduceCases({ name: "cut, pixels", x: [40, 7, 5, 3], axes: [1, 2] }),
  ...reduceCases({ name: "cut, everything", x: [40, 7, 5, 3] }),
  ...reduceCases({ name: "cut, batch", x: [40, 7, 5], axes: [0] }),
  ...reduceCases({ name: "cut, ties in pixels", x: [40, 7, 5, 3], axes: [1, 2], step: 0.5 }),
  ...reduceCases({ name: "cut, ties across buffers", x: [40, 7, 5], axes: [0], step: 0.5 }),
  argMaxCase("cut", { shape: [300, 10] }),
  rowStatisticsCase("cut", { shape: [40, 7, 5, 3] }),
  quantileCase("cut", 0.7, { shape: [40, 7, 5, 3] }),
  termRangeCase("cut", { shape: [40, 7, 5, 3] }, [3]),
  rescaledTermsCase("cut", { x: [40, 7, 5, 3], before: true }),
  oneHotCase("cut", [300], 10),
  permuteCase("cut", [40, 7, 5, 3], [0, 3, 1, 2]),
  permuteCase("cut, three axes turned", [21, 7, 5, 3], [0, 3, 2, 1]),
  sliceCase("cut", [40, 7, 5, 3], { begin: [0, 1, 0, 1], end: [40, 7, 4, 3], steps: [1, 2, 1, 1] }),
  convTransposeCase({ name: "cut", x: [13, 4, 3, 8], w: [3, 3, 4, 8], stride: [2, 2], padding: "same" }),
  matmulCase({ name: "cut", n: 40, m: 7, k: 5, c: 9 }),
  normCase({ name: "cut", x: [40, 7, 5, 4] }),
  normCase({ name: "cut", x: [40, 7, 5, 4], kind: "group", groups: 2 }),
  dropoutCase("cut", [40, 7, 5, 3]),
  dropoutCase("cut, channels", [40, 7, 5, 3], { channels: true }),
  momentsCase("cut", [40, 7, 5, 3]),
  batchNormTrainingCase({ name: "cut", x: [40, 7, 5, 3] }),
];

/** VGG16's first dense layer in small: the weights lie in several buffers. */
const weights: OpCase[] = [
  denseCase({ name: "cut weights", n: 3, k: 200, oc: 40 }),
  denseCase({ name: "cut weights, one row", n: 1, k: 127, oc: 61 }),
  denseCase({ name: "cut weights, large batch", n: 20, k: 45, oc: 64 }),
  denseCase({ name: "cut weights, cut batch", n: 70, k: 90, oc: 31 }),
  denseCase({ name: "cut weights without bias", n: 2, k: 129, oc: 33, bias: false }),
];

export const splitCases: readonly OpCase[] = [...batches, ...splitActivationCases, ...weights];
