// Whole training steps against Keras 3; tools/golden/training_steps.py.
import { expect, it } from "vitest";
import { mnist } from "../../src/nn/applications/mnist.ts";
import { Model } from "../../src/nn/model.ts";
import type { Batch } from "../../src/train/data/batches.ts";
import { adam } from "../../src/train/optimizers/adam.ts";
import { sgd } from "../../src/train/optimizers/sgd.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { float32FromBase64 } from "../support/base64.ts";
import { useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { hashWeight } from "../support/hash-weights.ts";
import { relativeError } from "./compare.ts";
import { withHashWeights } from "./hash-model.ts";

interface Goldens {
  readonly rows: number;
  /** Ten steps of Adam. */
  readonly mnist: {
    readonly losses: readonly number[];
    /** How far each weight is from where it began, as a Euclidean length. */
    readonly moved: Readonly<Record<string, number>>;
  };
  /** One step of SGD with a learning rate of 1. */
  readonly normalised: {
    readonly config: string;
    readonly frozen: readonly string[];
    readonly loss: number;
    readonly after: Readonly<Record<string, string>>;
  };
}

const golden = await readJsonFixture<Goldens>("golden/training/steps.json");
const host = useEngine();

function batchOf(step: number, picture: readonly number[], classes: number): Batch {
  const shape = [golden.rows, ...picture];
  const x = hashWeight(`batch_${step}`, "input", shape).map((value) => Math.abs(value) / 4);
  const indices = Int32Array.from({ length: golden.rows }, (_, row) => row);
  return { x, shape, y: indices.map((row) => (7 * row + 3 * step) % classes), indices };
}

it("ten steps of the MNIST network with Adam", async () => {
  using model = withHashWeights(mnist(host.engine, "dense"));
  expect(model.countParams().total).toBe(130_890);
  using trainer = new Trainer(model, { optimizer: (weights) => adam(weights) });
  for (const [step, wanted] of golden.mnist.losses.entries()) {
    const { loss } = await trainer.step(batchOf(step, [28, 28, 1], 10));
    expect(Math.abs(loss - wanted), `loss of step ${step}: ${loss}, Keras ${wanted}`).toBeLessThan(1e-4);
  }
  for (const { layer, name, values } of await trainer.savedWeights()) {
    const start = hashWeight(layer, name, model.weightTensor(layer, name).shape);
    const length = Math.sqrt(values.reduce((sum, value, i) => sum + (value - (start[i] ?? 0)) ** 2, 0));
    const wanted = golden.mnist.moved[`${layer}/${name}`] ?? Number.NaN;
    expect(Math.abs(length / wanted - 1), `how far ${layer}/${name} moved`).toBeLessThan(1e-3);
  }
});

it("one step of a network with batch norm and frozen layers", async () => {
  const { config, frozen, loss: wantedLoss, after } = golden.normalised;
  using model = withHashWeights(Model.fromConfig(host.engine, config));
  const before = new Map<string, Float32Array>();
  for (const { layer, name, shape } of model.weightSlots())
    before.set(`${layer}/${name}`, hashWeight(layer, name, shape));
  using trainer = new Trainer(model, { frozen, optimizer: (weights) => sgd(weights, { learningRate: 1 }) });
  const { loss } = await trainer.step(batchOf(0, [8, 6, 3], 5));
  expect(Math.abs(loss / wantedLoss - 1), "loss").toBeLessThan(1e-5);
  for (const { layer, name, values } of await trainer.savedWeights()) {
    const place = `${layer}/${name}`;
    const wanted = float32FromBase64(after[place] ?? "");
    expect(relativeError(values, wanted), place).toBeLessThan(1e-5);
    const same = String(values) === String(before.get(place));
    expect(same, `${place} is as it was`).toBe(frozen.includes(layer));
  }
});
