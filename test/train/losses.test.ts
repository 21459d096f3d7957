// Corners of the losses; their values and gradients are checked in test/golden/training-ops.test.ts.
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { ShapeError } from "../../src/errors.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  checkLabels,
  hinge,
  meanSquaredError,
  rowWeights,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
  weightedMean,
} from "../../src/train/losses.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const zeros = (...shape: number[]) => host.engine.zeros(shape);

/** Losses of every row, and the gradient of their sum. */
async function evaluate(loss: (y: Tensor) => Tensor, values: readonly number[], shape: readonly number[]) {
  const { engine } = host;
  const results = engine.scope(() => {
    using tape = new Tape(engine);
    const y = engine.tensor(values, shape);
    const rows = tape.run(() => loss(y));
    return [rows.withShape(rows.shape), ...tape.backward(rows, { wrt: [y] })];
  });
  const [rows = [], gradient = []] = await engine.read(results);
  for (const tensor of results) tensor.dispose();
  return { rows: [...rows], gradient: [...gradient] };
}

const relative = { atol: 1e-30, rtol: 1e-5 };

it("the sigmoid loss is exact where the network is sure, and finite where it is wrong", async () => {
  const logits = [20, -20, 1000, -1000, 1000, -1000];
  const targets = () => host.engine.tensor([1, 0, 1, 0, 0, 1], [6, 1]);
  const { rows, gradient } = await evaluate((y) => sigmoidCrossEntropy(y, targets()), logits, [6, 1]);
  const sure = Math.log1p(Math.exp(-20));
  expectClose(rows, [sure, sure, 0, 0, 1000, 1000], relative, "rows");
  const slope = 1 / (1 + Math.exp(20));
  expectClose(gradient, [-slope, slope, 0, 0, 1, -1], relative, "gradient");
});

it("the sigmoid loss over a sum is that over the mean, times the classes", async () => {
  const logits = [0.5, -1, 2, 3, -0.25, 0];
  const targets = () => host.engine.tensor([1, 0, 0, 1, 1, 0], [2, 3]);
  const mean = await evaluate((y) => sigmoidCrossEntropy(y, targets()), logits, [2, 3]);
  const sum = await evaluate((y) => sigmoidCrossEntropy(y, targets(), { over: "sum" }), logits, [2, 3]);
  const times3 = (list: readonly number[]) => list.map((value) => 3 * value);
  expectClose(sum.rows, times3(mean.rows), relative, "rows");
  expectClose(sum.gradient, times3(mean.gradient), relative, "gradient");
});

it("the softmax loss stays finite far out", async () => {
  const labels = () => host.engine.tensor(Int32Array.of(0, 1), [2]);
  const { rows, gradient } = await evaluate(
    (y) => sparseSoftmaxCrossEntropy(y, labels()),
    [1000, -1000, 1000, -1000],
    [2, 2],
  );
  expectClose(rows, [0, 2000], relative, "rows");
  expectClose(gradient, [0, 0, 1, -1], relative, "gradient");
});

it("the hinge passes its gradient on the margin itself, as Keras does, and nothing beyond", async () => {
  const targets = () => host.engine.tensor([1, 1, -1, 0], [4, 1]);
  const { rows, gradient } = await evaluate((y) => hinge(y, targets()), [1, 1.5, 0.5, -2], [4, 1]);
  expect(rows).toEqual([0, 0, 1.5, 0]);
  expectClose(gradient, [-1, 0, 1, 0], relative, "gradient");
});

describe("weightedMean", () => {
  it("without weights is the mean", async () => {
    const { rows, gradient } = await evaluate((y) => weightedMean(y), [1, 2, 6], [3]);
    expectClose(rows, [3], relative, "mean");
    expectClose(gradient, [1 / 3, 1 / 3, 1 / 3], relative, "gradient");
  });

  it("divides by the number of rows", async () => {
    const weights = () => host.engine.tensor([2, 0, 1], [3]);
    const { rows, gradient } = await evaluate((y) => weightedMean(y, weights()), [1, 2, 6], [3]);
    expectClose(rows, [8 / 3], relative, "mean");
    expectClose(gradient, [2 / 3, 0, 1 / 3], relative, "gradient");
  });
});

describe("labels", () => {
  it("bring the weights of their classes", () => {
    expect([...rowWeights(Int32Array.of(2, 0, 2), [1, 5, 0.5])]).toEqual([0.5, 1, 0.5]);
  });

  it.each([
    [Int32Array.of(0, 3), "label 3 of row 1 is out of range: 3 classes have labels 0 to 2"],
    [Int32Array.of(-1), "label -1 of row 0 is out of range"],
  ])("%o out of range are refused", (labels, message) => {
    for (const attempt of [() => checkLabels(labels, 3), () => rowWeights(labels, [1, 1, 1])]) {
      expect(attempt).toThrow(ShapeError);
      expect(attempt).toThrow(message);
    }
  });
});

it.each<[string, () => Tensor, string]>([
  [
    "targets",
    () => softmaxCrossEntropy(zeros(2, 3), zeros(2, 4)),
    "softmaxCrossEntropy: targets [2, 4] for outputs [2, 3]",
  ],
  ["axes", () => meanSquaredError(zeros(2), zeros(2)), "meanSquaredError: targets [2] for outputs [2]"],
  [
    "labels",
    () => sparseSoftmaxCrossEntropy(zeros(2, 3), host.engine.tensor(Int32Array.of(1), [1])),
    "sparseSoftmaxCrossEntropy: labels [1] for logits [2, 3]",
  ],
  [
    "labels' type",
    () => sparseSoftmaxCrossEntropy(zeros(2, 3), zeros(2)),
    "oneHot: x [2] is float32; indices are int32",
  ],
  ["smoothing", () => smoothed(1.5), "labelSmoothing is 1.5; it lies between 0 and 1"],
  ["weights", () => weightedMean(zeros(3), zeros(4)), "weightedMean: losses [3], weights [4]"],
])("wrong %s are refused", (_, run, message) => {
  const attempt = () => host.engine.scope(run);
  expect(attempt).toThrow(ShapeError);
  expect(attempt).toThrow(message);
});

function smoothed(labelSmoothing: number): Tensor {
  return sigmoidCrossEntropy(zeros(1, 2), zeros(1, 2), { labelSmoothing });
}
