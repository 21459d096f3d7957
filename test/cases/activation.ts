import * as fn from "../../src/autograd/ops/activation-functions.ts";
import { leakyRelu, logSoftmax, relu, softmax } from "../../src/autograd/ops/activations.ts";
import { maximum, minimum, prelu } from "../../src/autograd/ops/arithmetic.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import * as reference from "../reference/activation-functions.ts";
import { logSoftmaxFunction, softmaxFunction } from "../reference/activations.ts";
import { maximumFunction, minimumFunction, preluFunction } from "../reference/arithmetic.ts";
import { type Array64, type Reference, sizeOf } from "../reference/array.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";
import { gluCases, sparsemaxCase, sparsemaxCases } from "./halves-and-shares.ts";

interface Row {
  readonly op: string;
  /** Which options, where the operation has some. */
  readonly options?: string;
  readonly run: (x: Tensor) => Tensor;
  readonly reference: Reference<{ readonly x: Array64 }>;
  /** Where the definition changes: a row has exactly these values. */
  readonly corners?: readonly number[];
  /** exp(x) grows too large for what is further out. */
  readonly most?: number;
}

const rows: readonly Row[] = [
  { op: "elu", run: (x) => fn.elu(x), reference: reference.eluFunction(), corners: [0] },
  {
    op: "elu",
    options: "alpha 0.3",
    run: (x) => fn.elu(x, { alpha: 0.3 }),
    reference: reference.eluFunction(0.3),
    corners: [0],
  },
  { op: "selu", run: fn.selu, reference: reference.seluFunction, corners: [0] },
  { op: "celu", options: "alpha 2", run: (x) => fn.celu(x, { alpha: 2 }), reference: reference.celuFunction(2) },
  { op: "gelu", run: (x) => fn.gelu(x), reference: reference.geluFunction },
  { op: "gelu_tanh", run: (x) => fn.gelu(x, { approximate: true }), reference: reference.geluTanhFunction },
  { op: "silu", run: fn.silu, reference: reference.siluFunction },
  { op: "mish", run: fn.mish, reference: reference.mishFunction },
  {
    op: "hard_sigmoid",
    run: (x) => fn.hardSigmoid(x),
    reference: reference.hardSigmoidFunction(1 / 6),
    corners: [-3, 3],
  },
  {
    op: "hard_sigmoid",
    options: "Keras 2",
    run: (x) => fn.hardSigmoid(x, { slope: 0.2, endsPass: true }),
    reference: reference.hardSigmoidFunction(0.2, true),
    corners: [-2.5, 2.5],
  },
  { op: "sparse_sigmoid", run: fn.sparseSigmoid, reference: reference.sparseSigmoidFunction, corners: [-1, 1] },
  { op: "hard_tanh", run: fn.hardTanh, reference: reference.hardTanhFunction, corners: [-1, 1] },
  { op: "hard_silu", run: fn.hardSilu, reference: reference.hardSiluFunction, corners: [-3, 3] },
  { op: "softplus", run: fn.softplus, reference: reference.softplusFunction },
  { op: "log_sigmoid", run: fn.logSigmoid, reference: reference.logSigmoidFunction },
  { op: "softsign", run: fn.softsign, reference: reference.softsignFunction },
  { op: "tanh", run: fn.tanh, reference: reference.tanhFunction },
  { op: "tanh_shrink", run: fn.tanhShrink, reference: reference.tanhShrinkFunction },
  { op: "exponential", run: fn.exponential, reference: reference.exponentialFunction, most: 88 },
  { op: "squareplus", run: (x) => fn.squareplus(x), reference: reference.squareplusFunction() },
  {
    op: "squareplus",
    options: "b 0.5",
    run: (x) => fn.squareplus(x, { b: 0.5 }),
    reference: reference.squareplusFunction(0.5),
  },
  { op: "sparse_plus", run: fn.sparsePlus, reference: reference.sparsePlusFunction, corners: [-1, 1] },
  {
    op: "threshold",
    run: (x) => fn.threshold(x, { threshold: 0.5, value: -2 }),
    reference: reference.thresholdFunction(0.5, -2),
    corners: [0.5],
  },
  { op: "soft_shrink", run: (x) => fn.softShrink(x), reference: reference.softShrinkFunction(), corners: [-0.5, 0.5] },
  {
    op: "hard_shrink",
    options: "threshold 1.25",
    run: (x) => fn.hardShrink(x, { threshold: 1.25 }),
    reference: reference.hardShrinkFunction(1.25),
    corners: [-1.25, 1.25],
  },
];

const farOut = [-1e6, -1000, -104, -88.5, -87, -40, -20, -13, 13, 20, 40, 87, 88.5, 104, 1000, 1e6];
const nearZero = [-1, -0.5, -0.499, -0.1, -1e-3, -1e-6, -1e-20, 1e-20, 1e-6, 1e-3, 0.1, 0.499, 0.5, 1];

function casesOf({ op, options, run, reference, corners, most = Infinity }: Row): OpCase[] {
  const row = (name: string, x: InputSpec, smooth = true) =>
    opCase({
      op,
      name: options ? `${name} (${options})` : name,
      inputs: { x },
      run: (t) => run(t.x),
      reference,
      differentiable: ["x"],
      K: 1,
      smooth,
    });
  const listed = (values: readonly number[]) => ({ shape: [values.length], values });
  return [
    row("7x5", { shape: [3, 7, 5, 3], range: [-6, 6] }),
    row("by fours", { shape: [3, 4, 5], range: [-4, 4] }),
    // of numbers so large, differences of 1e-6 say nothing
    row("far out", listed(farOut.filter((x) => x <= most)), false),
    row("near zero", listed(nearZero), corners === undefined),
    ...(corners ? [row("corners", listed(corners.flatMap((x) => [x, x - 1e-3, x + 1e-3])), false)] : []),
  ];
}

function reluCases(): OpCase[] {
  const options = [
    { name: "leaky", slope: 0.3 },
    { name: "above a threshold", threshold: 1 },
    { name: "all three options", slope: 0.1, threshold: 0.5, max: 2 },
    { name: "with nothing left", max: 0 },
    { name: "leaky, up to 6", slope: 0.1, max: 6 },
    { name: "from a threshold to 6", threshold: 1, max: 6 },
    { name: "with a maximum under its threshold", slope: 0.5, threshold: 2, max: 1 },
  ];
  return options.flatMap(({ name, ...rest }) =>
    casesOf({
      op: "relu",
      options: name,
      run: (x) => relu(x, rest),
      reference: reference.leakyRectifier(rest),
      corners: [rest.threshold ?? 0, rest.max ?? 0],
    }),
  );
}

function softmaxCases(): OpCase[] {
  const kinds = [
    { op: "softmax", run: softmax, rows: softmaxFunction },
    { op: "logSoftmax", run: logSoftmax, rows: logSoftmaxFunction },
  ];
  const sizes = [
    { name: "over axis 1", shape: [2, 5, 3, 4], axis: 1 },
    { name: "over axis 1, many", shape: [2, 67, 3], axis: 1 },
    { name: "over axis -2", shape: [3, 4, 7, 5], axis: -2 },
    { name: "over all pixels", shape: [2, 9, 8, 3], axis: [1, 2] as const },
    { name: "over rows", shape: [6, 5], axis: 0 },
  ];
  return kinds.flatMap(({ op, run, rows: function_ }) =>
    sizes.map(({ name, shape, axis }) => {
      const [first, last] = typeof axis === "number" ? [axis, axis] : axis;
      const ends = { first: (first + shape.length) % shape.length, last: (last + shape.length) % shape.length };
      return opCase({
        op,
        name,
        inputs: { x: { shape, range: [-4, 4] } },
        run: ({ x }) => run(x, { axis }),
        reference: reference.overAxes(function_, ends),
        differentiable: ["x"],
        K: 1,
      });
    }),
  );
}

type Shape = readonly number[];

function extremeCases({ name, a, b }: { name: string; a: Shape; b: Shape }): OpCase[] {
  const inputs = { a: { shape: a }, b: { shape: b } };
  const common = { name, inputs, differentiable: ["a", "b"], K: termsOf(a, b) };
  return [
    opCase({ ...common, op: "maximum", run: (t) => maximum(t.a, t.b), reference: maximumFunction }),
    opCase({ ...common, op: "minimum", run: (t) => minimum(t.a, t.b), reference: minimumFunction }),
  ];
}

function tiedCases(): OpCase[] {
  const inputs = { a: { shape: [4], values: [1, 2, 3, 0] }, b: { shape: [4], values: [1, 3, 2, -0] } };
  const common = { name: "ties", inputs, differentiable: ["a", "b"], K: 1, smooth: false };
  return [
    opCase({ ...common, op: "maximum", run: (t) => maximum(t.a, t.b), reference: maximumFunction }),
    opCase({ ...common, op: "minimum", run: (t) => minimum(t.a, t.b), reference: minimumFunction }),
  ];
}

function preluCase(name: string, x: InputSpec, alpha: InputSpec, smooth = true): OpCase {
  return opCase({
    op: "prelu",
    name,
    inputs: { x, alpha },
    run: (t) => prelu(t.x, t.alpha),
    reference: preluFunction,
    differentiable: ["x", "alpha"],
    K: termsOf(x.shape, alpha.shape),
    smooth,
  });
}

/** A value that is repeated gets the sum of as many gradients. */
function termsOf(a: Shape, b: Shape): number {
  const outputs = Math.max(sizeOf(a), sizeOf(b));
  return outputs / Math.max(1, Math.min(sizeOf(a), sizeOf(b))) + 1;
}

export const activationCases: readonly OpCase[] = [
  ...rows.flatMap(casesOf),
  ...reluCases(),
  opCase({
    op: "relu",
    name: "leaky by its name",
    inputs: { x: { shape: [3, 5] } },
    run: ({ x }) => leakyRelu(x),
    reference: reference.leakyRectifier({ slope: 0.2 }),
    differentiable: ["x"],
    K: 1,
  }),
  ...softmaxCases(),
  ...sparsemaxCases,
  ...gluCases,
  ...extremeCases({ name: "same shape", a: [3, 7, 5, 3], b: [3, 7, 5, 3] }),
  ...extremeCases({ name: "by fours", a: [2, 4, 6], b: [2, 4, 6] }),
  ...extremeCases({ name: "one picture for all channels", a: [2, 7, 5, 3], b: [2, 1, 1, 3] }),
  ...extremeCases({ name: "channels on the left", a: [5], b: [3, 4, 5] }),
  ...extremeCases({ name: "empty batch", a: [0, 3], b: [0, 3] }),
  ...tiedCases(),
  preluCase("a value to every element", { shape: [3, 5, 7, 2] }, { shape: [5, 7, 2] }),
  preluCase("shared over pixels", { shape: [2, 5, 7, 3] }, { shape: [1, 1, 3] }),
  preluCase("shared over all", { shape: [2, 5, 3] }, { shape: [1, 1] }),
  preluCase("of one picture", { shape: [1, 4, 4, 2] }, { shape: [4, 4, 2] }),
  preluCase("after a dense layer", { shape: [5, 13] }, { shape: [13] }),
  preluCase("zeros", { shape: [1, 4], values: [-1, -0, 0, 1] }, { shape: [4] }, false),
];

/** Rows for tensors in several buffers. */
export const splitActivationCases: readonly OpCase[] = [
  opCase({
    op: "gelu",
    name: "cut",
    inputs: { x: { shape: [40, 7, 5, 3] } },
    run: ({ x }) => fn.gelu(x),
    reference: reference.geluFunction,
    differentiable: ["x"],
    K: 1,
  }),
  opCase({
    op: "softmax",
    name: "cut, over axis 1",
    inputs: { x: { shape: [40, 7, 15], range: [-4, 4] } },
    run: ({ x }) => softmax(x, { axis: 1 }),
    reference: reference.overAxes(softmaxFunction, { first: 1, last: 1 }),
    differentiable: ["x"],
    K: 1,
  }),
  ...sparsemaxCase("cut", { shape: [40, 7, 15] }, { axis: 1 }),
  ...extremeCases({ name: "cut", a: [40, 7, 5, 3], b: [40, 7, 5, 3] }),
  ...extremeCases({ name: "cut, channels", a: [40, 7, 5, 3], b: [3] }),
  ...extremeCases({ name: "cut, pictures", a: [40, 7, 5, 3], b: [40, 1, 1, 3] }),
  preluCase("cut", { shape: [40, 7, 5, 3] }, { shape: [7, 5, 3] }),
  preluCase("cut, shared", { shape: [40, 7, 5, 3] }, { shape: [1, 1, 3] }),
];
