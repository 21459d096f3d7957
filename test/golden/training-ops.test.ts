// Losses, and batch norm in training, against Keras 3 and PyTorch; tools/golden/training_ops.py.
import { describe, expect, it } from "vitest";
import { batchMoments, batchNormTraining, moveAverage } from "../../src/autograd/ops/batch-norm-training.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import {
  hinge,
  meanSquaredError,
  rowWeights,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sparseSoftmaxCrossEntropy,
  weightedMean,
} from "../../src/train/losses.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { relativeError } from "./compare.ts";

interface LossGolden {
  /** Of every row, unweighted. */
  readonly rows: string;
  readonly weightedMean: number;
  /** Of the weighted mean. */
  readonly gradient: string;
}

interface BatchNormGolden {
  readonly shape: readonly number[];
  readonly momentum: number;
  readonly epsilon: number;
  readonly arrays: Readonly<Record<string, string>>;
}

interface Goldens {
  readonly losses: {
    readonly logits: string;
    readonly labels: readonly number[];
    /** Zeros and ones, several to a row. */
    readonly several: string;
    readonly classWeights: readonly number[];
    /** By the loss's name and the label smoothing. */
    readonly of: Readonly<Record<string, LossGolden>>;
  };
  readonly batchNorm: Readonly<Record<string, BatchNormGolden>>;
}

const TOLERANCE = 1e-5;
const { losses, batchNorm } = await readJsonFixture<Goldens>("golden/training/ops.json");
const host = useEngine();

/** Largest difference over the largest value. */
function expectRelative(actual: ArrayLike<number>, expected: Float32Array, what: string): void {
  expect(relativeError(actual, expected), what).toBeLessThan(TOLERANCE);
}

describe("losses", () => {
  const labels = Int32Array.from(losses.labels);
  const shape = [labels.length, losses.classWeights.length];
  type Loss = (inputs: Record<"logits" | "labels" | "one" | "several", Tensor>, labelSmoothing: number) => Tensor;
  const functions: readonly (readonly [string, string, Loss])[] = [
    [
      "softmaxCrossEntropy",
      "softmaxCrossEntropy",
      (t, s) => softmaxCrossEntropy(t.logits, t.one, { labelSmoothing: s }),
    ],
    [
      "sparseSoftmaxCrossEntropy",
      "softmaxCrossEntropy",
      (t, s) => sparseSoftmaxCrossEntropy(t.logits, t.labels, { labelSmoothing: s }),
    ],
    [
      "sigmoidCrossEntropy",
      "sigmoidCrossEntropy",
      (t, s) => sigmoidCrossEntropy(t.logits, t.several, { labelSmoothing: s }),
    ],
    ["meanSquaredError", "meanSquaredError", (t) => meanSquaredError(t.logits, t.several)],
    ["hinge", "hinge", (t) => hinge(t.logits, t.several)],
    ["hinge of -1 and 1", "hinge", (t) => hinge(t.logits, host.engine.tensor(signs(), shape))],
  ];
  const signs = () => float32FromBase64(losses.several).map((value) => 2 * value - 1);
  const rows = functions.flatMap(([name, key, loss]) =>
    [0, 0.1].flatMap((smoothing) => {
      const golden = losses.of[`${key}/${smoothing}`];
      return golden ? [{ name, smoothing, loss, golden }] : [];
    }),
  );

  it.each(rows)("$name with label smoothing $smoothing", async ({ smoothing, loss, golden }) => {
    const { engine } = host;
    const results = engine.scope(() => {
      using tape = new Tape(engine);
      const logits = engine.tensor(float32FromBase64(losses.logits), shape);
      const one = new Float32Array(logits.size);
      labels.forEach((label, row) => {
        one[row * losses.classWeights.length + label] = 1;
      });
      const inputs = {
        logits,
        labels: engine.tensor(labels, [labels.length]),
        one: engine.tensor(one, shape),
        several: engine.tensor(float32FromBase64(losses.several), shape),
      };
      const weights = engine.tensor(rowWeights(labels, losses.classWeights), [labels.length]);
      const each = tape.run(() => loss(inputs, smoothing));
      const total = tape.run(() => weightedMean(each, weights));
      expect(total.shape).toEqual([1]);
      const [gradient] = tape.backward(total, { wrt: [logits] });
      return [each.withShape(each.shape), total.withShape([1]), gradient ?? total];
    });
    const [each = [], total = [], gradient = []] = await engine.read(results);
    for (const tensor of results) tensor.dispose();
    expectRelative(each, float32FromBase64(golden.rows), "rows");
    expect(Math.abs((total[0] ?? Number.NaN) - golden.weightedMean) / golden.weightedMean).toBeLessThan(TOLERANCE);
    expectRelative(gradient, float32FromBase64(golden.gradient), "gradient");
  });
});

describe("batch norm in training", () => {
  it.each(Object.entries(batchNorm))("%s", async (_, { shape, momentum, epsilon, arrays }) => {
    const { engine } = host;
    const golden = (name: string) => float32FromBase64(arrays[name] ?? "");
    const results = engine.scope(() => {
      using tape = new Tape(engine);
      const c = shape.at(-1) ?? 0;
      const [x, seed] = [engine.tensor(golden("x"), shape), engine.tensor(golden("dy"), shape)];
      const [gamma, beta] = [engine.tensor(golden("gamma"), [c]), engine.tensor(golden("beta"), [c])];
      const [mean, variance] = [engine.tensor(golden("mean"), [c]), engine.tensor(golden("variance"), [c])];
      const moments = tape.run(() => batchMoments(x));
      const y = tape.run(() => batchNormTraining(x, { gamma, beta, moments }, { epsilon }));
      moveAverage(mean, moments, { momentum });
      moveAverage(variance, moments, { momentum, offset: c });
      const gradients = tape.backward(y, { seed, wrt: [x, gamma, beta] });
      return [y.withShape(shape), ...gradients, mean, variance];
    });
    const values = await engine.read(results);
    for (const tensor of results) tensor.dispose();
    for (const [i, name] of ["y", "dx", "dgamma", "dbeta", "newMean", "newVariance"].entries())
      expectRelative(values[i] ?? [], golden(name), name);
  });
});
