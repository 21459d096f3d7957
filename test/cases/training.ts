import { batchMoments, batchNormTraining } from "../../src/autograd/ops/batch-norm-training.ts";
import { dropout } from "../../src/autograd/ops/dropout.ts";
import { sizeOf } from "../reference/array.ts";
import { batchNormalization, channelMoments } from "../reference/batch-norm-training.ts";
import { type Decisions, masked } from "../reference/dropout.ts";
import { type InputSpec, type OpCase, opCase } from "./case.ts";

type Shape = readonly number[];

export function dropoutCase(name: string, x: Shape, options: Partial<Decisions> = {}): OpCase {
  const decisions: Decisions = { rate: 0.5, seed: [0x12345678, 0xfedcba98], ...options };
  return opCase({
    op: "dropout",
    name,
    inputs: { x: { shape: x } },
    run: (t) => dropout(t.x, decisions),
    reference: masked(decisions),
    differentiable: ["x"],
    K: 1,
    linear: true,
  });
}

export interface BatchNormTrainingSpec {
  readonly name: string;
  readonly x: Shape;
  readonly input?: Omit<InputSpec, "shape">;
  /** Which of gamma and beta there are; both unless given. */
  readonly with?: readonly ("gamma" | "beta")[];
  readonly epsilon?: number;
}

export function batchNormTrainingCase(spec: BatchNormTrainingSpec): OpCase {
  const { name, x: shape, with: parts = ["gamma", "beta"], epsilon = 1e-3 } = spec;
  const channels = { shape: shape.slice(-1) };
  interface Inputs {
    x: InputSpec;
    gamma?: InputSpec;
    beta?: InputSpec;
  }
  const inputs: Inputs = {
    x: { ...spec.input, shape },
    ...(parts.includes("gamma") && { gamma: channels }),
    ...(parts.includes("beta") && { beta: channels }),
  };
  return opCase({
    op: "batchNormTraining",
    name,
    inputs,
    run: ({ x, ...rest }) => batchNormTraining(x, { ...rest, moments: batchMoments(x) }, { epsilon }),
    reference: batchNormalization(epsilon),
    differentiable: ["x", ...parts],
    // the sums over rows, and the handful of roundings of each term
    K: sizeOf(shape.slice(0, -1)) + 16,
  });
}

export function momentsCase(name: string, shape: Shape, input: Omit<InputSpec, "shape"> = {}): OpCase {
  return opCase({
    op: "batchMoments",
    name,
    inputs: { x: { ...input, shape } },
    run: (t) => batchMoments(t.x),
    reference: channelMoments,
    differentiable: [],
    K: sizeOf(shape.slice(0, -1)) + 16,
  });
}

export const trainingCases: readonly OpCase[] = [
  dropoutCase("7x5", [3, 7, 5, 3]),
  dropoutCase("by fours", [2, 7, 5, 4], { rate: 0.3, seed: [1, 2] }),
  dropoutCase("one element", [1]),
  dropoutCase("nothing dropped", [5, 4], { rate: 0 }),
  dropoutCase("hardly anything kept", [5, 100], { rate: 0.97 }),
  dropoutCase("all bits of the seed", [2, 8], { seed: [2 ** 32 - 1, 2 ** 32 - 1] }),
  dropoutCase("channels", [3, 7, 5, 3], { channels: true }),
  dropoutCase("channels by fours", [3, 2, 3, 12], { channels: true, rate: 0.2 }),
  dropoutCase("channels of rows", [5, 7], { channels: true }),
  dropoutCase("empty batch", [0, 3]),
  momentsCase("7x5", [3, 7, 5, 10]),
  momentsCase("many channels", [2, 3, 3, 67]),
  momentsCase("many slices", [4100, 3]),
  momentsCase("far from zero", [2, 20, 20, 5], { range: [99, 101] }),
  momentsCase("equal elements", [90, 2], { range: [3, 3] }),
  momentsCase("one row", [1, 5]),
  momentsCase("empty batch", [0, 4, 3]),
  batchNormTrainingCase({ name: "7x5", x: [3, 7, 5, 10] }),
  batchNormTrainingCase({ name: "by fours", x: [2, 5, 4, 8] }),
  batchNormTrainingCase({ name: "without gamma", x: [2, 3, 4, 5], with: ["beta"] }),
  batchNormTrainingCase({ name: "without beta", x: [2, 3, 4, 5], with: ["gamma"] }),
  batchNormTrainingCase({ name: "without either", x: [4, 9, 3], with: [] }),
  batchNormTrainingCase({ name: "after a dense layer, ResNet's epsilon", x: [11, 13], epsilon: 1.001e-5 }),
  batchNormTrainingCase({ name: "far from zero", x: [3, 4, 5, 3], input: { range: [9, 11] } }),
  batchNormTrainingCase({ name: "equal elements", x: [6, 2], input: { range: [3, 3] } }),
  batchNormTrainingCase({ name: "many slices", x: [2, 23, 19, 3] }),
  batchNormTrainingCase({ name: "one row", x: [1, 5] }),
  batchNormTrainingCase({ name: "empty batch", x: [0, 3, 5] }),
];
