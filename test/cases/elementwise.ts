import { logSoftmax, relu, sigmoid, softmax } from "../../src/autograd/ops/activations.ts";
import { add, div, mul, scale, sub } from "../../src/autograd/ops/arithmetic.ts";
import { batchNorm } from "../../src/autograd/ops/normalization.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { logSoftmaxFunction, rectifier, sigmoidFunction, softmaxFunction } from "../reference/activations.ts";
import { addition, broadcastShape, division, multiplication, scaling, subtraction } from "../reference/arithmetic.ts";
import { type Array64, type Reference, sizeOf } from "../reference/array.ts";
import { normalization } from "../reference/normalization.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

type Shape = readonly number[];

export function pairCases({ name, a, b }: { name: string; a: Shape; b: Shape }): OpCase[] {
  const common = { name, inputs: { a: { shape: a }, b: { shape: b } }, differentiable: ["a", "b"], linear: true };
  // a repeated value gets the sum of its gradients
  const outputs = sizeOf(broadcastShape(a, b));
  const K = outputs / Math.max(1, Math.min(sizeOf(a), sizeOf(b))) + 1;
  return [
    opCase({ ...common, op: "add", K, run: (t) => add(t.a, t.b), reference: addition }),
    opCase({ ...common, op: "sub", K, run: (t) => sub(t.a, t.b), reference: subtraction }),
    opCase({ ...common, op: "mul", K, run: (t) => mul(t.a, t.b), reference: multiplication }),
  ];
}

/** WGSL divides to 2.5 units in the last place, and b's gradient holds two quotients. */
function divisionCase(name: string, { a, b }: { a: InputSpec; b: InputSpec }): OpCase {
  const K = 6 + sizeOf(a.shape) / sizeOf(b.shape);
  const smooth = !b.values?.includes(0);
  const common = { op: "div", name, inputs: { a, b }, differentiable: ["a", "b"], K, smooth };
  return opCase({ ...common, run: (t) => div(t.a, t.b), reference: division });
}

const fiveByZero = { a: { shape: [5], values: [3, -2, 0, 5, 0] }, b: { shape: [5], values: [0, -0, 0, -4, 2] } };
const fourByZero = { a: { shape: [4], values: [3, -2, 0, 5] }, b: { shape: [4], values: [0, 0.5, 0, -4] } };

const divisionCases = [
  divisionCase("same shape", { a: { shape: [2, 7, 5, 4] }, b: { shape: [2, 7, 5, 4], range: [0.5, 2] } }),
  divisionCase("pictures", { a: { shape: [2, 7, 5, 3] }, b: { shape: [2, 1, 1, 3], range: [-2, -0.5] } }),
  divisionCase("by zero", fiveByZero),
  divisionCase("by zero, four at a time", fourByZero),
];

const pairs: { name: string; a: Shape; b: Shape }[] = [
  { name: "same shape", a: [3, 7, 5, 3], b: [3, 7, 5, 3] },
  { name: "one element", a: [1], b: [1] },
  { name: "channels", a: [2, 7, 5, 10], b: [10] },
  { name: "channels on the left", a: [10], b: [2, 7, 5, 10] },
  { name: "pictures (squeeze and excitation)", a: [2, 7, 5, 3], b: [2, 1, 1, 3] },
  { name: "one map for all channels", a: [2, 7, 5, 3], b: [1, 7, 5, 1] },
  { name: "both ways", a: [3, 1, 5], b: [1, 7, 1] },
  { name: "one number", a: [7, 11], b: [1] },
  { name: "no axes", a: [3, 4], b: [] },
  { name: "empty batch", a: [0, 4, 3], b: [3] },
];

type Unary = readonly [op: string, run: (x: Tensor) => Tensor, reference: Reference<{ readonly x: Array64 }>];

const unary = {
  relu: ["relu", (x) => relu(x), rectifier()],
  relu6: ["relu", (x) => relu(x, { max: 6 }), rectifier(6)],
  sigmoid: ["sigmoid", (x) => sigmoid(x), sigmoidFunction],
  softmax: ["softmax", (x) => softmax(x), softmaxFunction],
  logSoftmax: ["logSoftmax", (x) => logSoftmax(x), logSoftmaxFunction],
  scale: ["scale", (x) => scale(x, -2.5), scaling(-2.5, 0)],
  offset: ["scale", (x) => scale(x, 0.25, 3), scaling(0.25, 3)],
} satisfies Record<string, Unary>;

export function unaryCase(
  kind: keyof typeof unary,
  name: string,
  input: InputSpec,
  options: { smooth?: boolean; linear?: boolean } = {},
): OpCase {
  const [op, run, reference]: Unary = unary[kind];
  const common = { op, name: `${name}${kind === op ? "" : ` (${kind})`}`, differentiable: ["x"], ...options };
  return opCase({
    ...common,
    inputs: { x: input },
    run: (t) => run(t.x),
    reference,
    K: 1,
  });
}

export interface BatchNormSpec {
  readonly name: string;
  readonly x: Shape;
  /** Which of gamma and beta there are; both unless given. */
  readonly with?: readonly ("gamma" | "beta")[];
  readonly epsilon?: number;
}

export function batchNormCase({ name, x, with: parts = ["gamma", "beta"], epsilon = 1e-3 }: BatchNormSpec): OpCase {
  const shape = x.slice(-1);
  interface Inputs {
    x: InputSpec;
    mean: InputSpec;
    variance: InputSpec;
    gamma?: InputSpec;
    beta?: InputSpec;
  }
  const inputs: Inputs = {
    x: { shape: x },
    mean: { shape },
    variance: { shape, range: [0.1, 2] },
    ...(parts.includes("gamma") && { gamma: { shape } }),
    ...(parts.includes("beta") && { beta: { shape } }),
  };
  return opCase({
    op: "batchNorm",
    name,
    inputs,
    run: ({ x, ...rest }) => batchNorm(x, rest, { epsilon }),
    reference: normalization(epsilon),
    differentiable: ["x", ...parts],
    linear: true,
    // the sum over pixels, and the handful of roundings of each term
    K: Math.max(1, sizeOf(x) / Math.max(1, sizeOf(shape))) + 10,
  });
}

export const elementwiseCases: OpCase[] = [
  ...pairs.flatMap(pairCases),
  ...divisionCases,
  unaryCase("relu", "7x5", { shape: [3, 7, 5, 3] }),
  unaryCase("relu", "one element", { shape: [1] }),
  unaryCase("relu", "zeros pass no gradient", { shape: [5], values: [-1, -0, 0, 1e-30, 1] }, { smooth: false }),
  unaryCase("relu6", "7x5", { shape: [3, 7, 5, 3], range: [-4, 10] }),
  unaryCase("relu6", "corners", { shape: [6], values: [-1, 0, 1e-30, 5.9999995, 6, 7] }, { smooth: false }),
  unaryCase("sigmoid", "7x5", { shape: [3, 7, 5, 3], range: [-6, 6] }),
  unaryCase("sigmoid", "by fours", { shape: [3, 4, 5], range: [-6, 6] }),
  unaryCase("sigmoid", "far out", { shape: [9], values: [-1000, -100, -88, -20, 0, 20, 88, 100, 1000] }),
  unaryCase("softmax", "10 classes", { shape: [3, 10], range: [-4, 4] }),
  unaryCase("softmax", "1,000 classes", { shape: [2, 1000], range: [-8, 8] }),
  unaryCase("softmax", "one class", { shape: [4, 1] }),
  unaryCase("softmax", "a prime number of classes", { shape: [5, 67], range: [-4, 4] }),
  unaryCase("softmax", "of every pixel", { shape: [2, 7, 5, 3] }),
  unaryCase("softmax", "large logits", { shape: [2, 4], values: [1000, 999, 1, -1000, -1000, -1001, -1002, -2000] }),
  unaryCase("softmax", "many rows", { shape: [70_001, 3] }),
  unaryCase("softmax", "empty batch", { shape: [0, 10] }),
  unaryCase("logSoftmax", "10 classes", { shape: [3, 10], range: [-4, 4] }),
  unaryCase("logSoftmax", "1,000 classes", { shape: [2, 1000], range: [-8, 8] }),
  unaryCase("logSoftmax", "one class", { shape: [4, 1] }),
  unaryCase("logSoftmax", "large logits", { shape: [2, 4], values: [1000, 999, 1, -1000, -1000, -1001, -1002, -2000] }),
  unaryCase("logSoftmax", "empty batch", { shape: [0, 10] }),
  unaryCase("scale", "7x5", { shape: [2, 7, 5, 3] }, { linear: true }),
  unaryCase("offset", "7x5", { shape: [2, 7, 5, 3] }, { linear: true }),
  unaryCase("scale", "empty", { shape: [0, 3] }, { linear: true }),
  batchNormCase({ name: "7x5", x: [3, 7, 5, 10] }),
  batchNormCase({ name: "by fours", x: [2, 7, 5, 8] }),
  batchNormCase({ name: "without gamma", x: [2, 3, 4, 5], with: ["beta"] }),
  batchNormCase({ name: "without beta", x: [2, 3, 4, 5], with: ["gamma"] }),
  batchNormCase({ name: "without either", x: [2, 3, 4, 5], with: [] }),
  batchNormCase({ name: "after a dense layer, ResNet's epsilon", x: [5, 13], epsilon: 1.001e-5 }),
  batchNormCase({ name: "many pixels", x: [1, 67, 61, 3] }),
  batchNormCase({ name: "one pixel", x: [1, 1, 1, 1] }),
  batchNormCase({ name: "empty batch", x: [0, 3, 4, 5] }),
];
