// Every kernel, through the operations that use it. Extents are chosen so that each variant fits somewhere and has an
// edge to get wrong. A new kernel without a check here makes `backlight doctor` fail.
import { mean, relu, scale, sigmoid, sum } from "../../index.ts";
import { activationChecks } from "./activation-checks.ts";
import { type Check, check } from "./check.ts";
import {
  batchNorms,
  binaries,
  cutOff,
  pointwise,
  quantiles,
  quotients,
  sigmoidOf,
  softmaxes,
  statistics,
} from "./element-checks.ts";
import { optimizerChecks } from "./optimizer-checks.ts";
import { linear } from "./scalar.ts";
import {
  conv,
  convBy,
  denseLayer,
  depthwiseConv,
  layouts,
  overPixels,
  poolApart,
  pools,
  resizes,
  uneven,
} from "./spatial-checks.ts";
import { structureChecks } from "./structure-checks.ts";
import { terms } from "./term-checks.ts";
import { trainingChecks } from "./training-checks.ts";

export const checks: readonly Check[] = [
  conv([2, 5, 6, 4], [3, 2, 2, 6], { stride: [2, 1], dilation: [1, 2], padding: uneven, groups: 2 }),
  conv([2, 5, 5, 3], [3, 3, 3, 5], { stride: [2, 2], padding: uneven }),
  conv([1, 4, 5, 4], [3, 3, 4, 8], { padding: uneven }),
  conv([1, 3, 4, 4], [2, 2, 4, 20], { dilation: [2, 1] }),
  conv([1, 3, 4, 20], [2, 2, 20, 4], { stride: [1, 2] }),
  conv([1, 3, 3, 4], [2, 1, 4, 132]),
  conv([1, 3, 3, 132], [2, 1, 132, 4]),
  convBy("product", [2, 4, 5, 4], { w: [3, 2, 4, 20] }),
  convBy("product", [1, 4, 5, 3], { w: [2, 2, 3, 8] }),
  convBy("product", [1, 4, 5, 4], { w: [2, 2, 4, 6] }),
  convBy("product", [1, 7, 6, 4], { w: [2, 3, 4, 8], stride: [2, 1] }),
  convBy("winograd-2", [2, 4, 5, 4], { w: [3, 3, 4, 8] }),
  convBy("winograd-4", [2, 4, 5, 4], { w: [3, 3, 4, 8] }),
  depthwiseConv([2, 5, 6, 4], [3, 3, 4, 1], { stride: [2, 1], padding: uneven }),
  depthwiseConv([2, 5, 4, 3], [2, 2, 3, 2], { dilation: [2, 1] }),
  denseLayer(2, 5, 8),
  denseLayer(3, 7, 3),
  ...pools(4),
  ...pools(3),
  poolApart(4),
  poolApart(3),
  ...overPixels(8, 4),
  ...overPixels(2, 3),
  check({
    what: "sum of everything",
    inputs: { x: [3, 5] },
    run: ({ x }) => sum(x),
    known: ({ x }) => [linear(x.items.map((item) => [item, 1]))],
  }),
  check({
    what: "mean of everything",
    inputs: { x: [100] },
    run: ({ x }) => mean(x),
    known: ({ x }) => [linear(x.items.map((item) => [item, 0.01]))],
  }),
  ...pointwise("relu", (x) => relu(x, { max: 0.75 }), cutOff("gradient")),
  ...pointwise("relu (deconvnet)", (x) => relu(x, { max: 0.75 }), cutOff("deconvnet"), "deconvnet"),
  ...pointwise("relu (guided)", (x) => relu(x, { max: 0.75 }), cutOff("guided"), "guided"),
  ...pointwise("sigmoid", sigmoid, sigmoidOf),
  ...pointwise(
    "scale",
    (x) => scale(x, -2.5, 0.25),
    (x) => linear([[x, -2.5]], 0.25),
  ),
  ...softmaxes(5),
  ...softmaxes(72),
  statistics(7),
  statistics(130),
  quantiles(7),
  quantiles(130),
  ...binaries([2, 3, 4], [2, 3, 4]),
  ...binaries([2, 3, 5], [5]),
  ...quotients(0.25),
  ...terms(64, 16),
  batchNorms(4),
  batchNorms(3),
  ...layouts(4),
  ...layouts(3),
  ...resizes("half-pixel"),
  ...resizes("align-corners"),
  ...resizes("nearest"),
  ...activationChecks,
  ...structureChecks,
  ...trainingChecks,
  ...optimizerChecks,
];
