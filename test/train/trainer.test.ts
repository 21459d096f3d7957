// The training loop's step: the same gradients however it is cut, the same bits for a seed, and faults that are named.
import { describe, expect, it } from "vitest";
import { add, scale, sub } from "../../src/autograd/ops/arithmetic.ts";
import { NonFiniteError, ShapeError, UnknownNameError, WeightsFormatError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import type { Batch } from "../../src/train/data/batches.ts";
import { sparseSoftmaxCrossEntropy } from "../../src/train/losses.ts";
import { adam } from "../../src/train/optimizers/adam.ts";
import { sgd } from "../../src/train/optimizers/sgd.ts";
import { type SavedWeight, Trainer, type TrainerOptions } from "../../src/train/trainer.ts";
import { dense, fillWeights, functional, inputOf, layerOf } from "../nn/support.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomIntegers, randomValues } from "../support/random.ts";

const host = useEngine();
const picture = [6, 6, 3];
const classes = 3;

const conv = (name: string, from: string) =>
  layerOf("Conv2D", { name, filters: 4, kernel_size: 3, padding: "same", activation: "relu" }, [from]);

/** Residual blocks with dropout and, unless it is unwanted, batch norm. */
function network({ normalised = true, deep = 1 } = {}): Model {
  const layers = [inputOf(picture), conv("stem", "image")];
  let last = "stem";
  for (let i = 1; i <= 2 * deep; i++) {
    layers.push(conv(`conv_${i}`, last));
    if (normalised) layers.push(layerOf("BatchNormalization", { name: `norm_${i}`, momentum: 0.9 }, [`conv_${i}`]));
    layers.push(layerOf("Dropout", { name: `drop_${i}`, rate: 0.3 }, [`${normalised ? "norm" : "conv"}_${i}`]));
    layers.push(layerOf("Add", { name: `sum_${i}` }, [last, `drop_${i}`]));
    last = `sum_${i}`;
  }
  layers.push(layerOf("GlobalAveragePooling2D", { name: "gap" }, [last]), dense("scores", "gap", classes));
  const model = Model.fromConfig(host.engine, functional(layers));
  fillWeights(model);
  return model;
}

function batchOf(rows: number, seed = "batch"): Batch {
  const shape = [rows, ...picture];
  return {
    x: randomValues(seed, rows * 108),
    shape,
    y: randomIntegers(`${seed}, labels`, rows, [0, classes - 1]),
    indices: new Int32Array(rows),
  };
}

/** Rows [from, to) of a batch. */
function part({ x, shape: [, ...rest], y, indices }: Batch, from: number, to: number): Batch {
  const size = x.length / indices.length;
  const shape = [to - from, ...rest];
  return { x: x.slice(from * size, to * size), shape, y: y.slice(from, to), indices: indices.slice(from, to) };
}

const plain: TrainerOptions = { optimizer: (weights) => sgd(weights, { learningRate: 0.5 }) };
const withAdam: TrainerOptions = { optimizer: (weights) => adam(weights), seed: 3 };

/** All weights, end to end. */
function flat(weights: readonly SavedWeight[]): number[] {
  return weights.flatMap(({ values }) => [...values]);
}

/** What some steps make of a fresh network's weights. */
async function afterSteps(options: TrainerOptions, given: readonly Batch[], make = () => network()) {
  using model = make();
  using trainer = new Trainer(model, options);
  const losses: number[] = [];
  for (const batch of given) losses.push((await trainer.step(batch)).loss);
  return { losses, weights: flat(await trainer.savedWeights()) };
}

describe("recompute", () => {
  it("changes no bit, with dropout and batch norm", async () => {
    const given = [batchOf(4), batchOf(3, "second")];
    const kept = await afterSteps(withAdam, given);
    expect(await afterSteps({ ...withAdam, recompute: true }, given)).toEqual(kept);
    expect(await afterSteps({ ...withAdam, recompute: ["sum_1", "gap"] }, given)).toEqual(kept);
    const other = await afterSteps({ ...withAdam, seed: 4 }, given);
    expect(other.losses[0], "dropout has another mask").not.toBe(kept.losses[0]);
  });

  it("needs less memory", async () => {
    using model = network({ deep: 4 });
    const peak = async (recompute: boolean) => {
      using trainer = new Trainer(model, { ...plain, recompute });
      host.engine.pool.resetPeak();
      const { liveBytes } = host.engine.memory();
      await trainer.step(batchOf(16));
      return host.engine.memory().peakBytes - liveBytes;
    };
    const kept = await peak(false);
    expect(await peak(true)).toBeLessThan(0.7 * kept);
  });

  it("refuses a cut through a block, and a layer that is not there", () => {
    using model = network();
    expect(() => new Trainer(model, { ...plain, recompute: ["conv_1"] })).toThrow(
      /after "conv_1" more than its output is needed. Cut at any of stem, /,
    );
    expect(() => new Trainer(model, { ...plain, recompute: ["sum_3"] })).toThrow(UnknownNameError);
    expect(() => new Trainer(model, { ...plain, from: "sum_1", recompute: ["stem"] })).toThrow(ShapeError);
  });
});

describe("batches, weights and layers", () => {
  const smooth = () => network({ normalised: false });
  const still = { frozen: ["drop_1", "drop_2"] };

  it("several small batches added up are one big one", async () => {
    const big = batchOf(6);
    const whole = await afterSteps({ ...plain, ...still }, [big], smooth);
    const parts = [part(big, 0, 2), part(big, 2, 4), part(big, 4, 6)];
    const added = await afterSteps({ ...plain, ...still, accumulate: 3 }, parts, smooth);
    expectClose(added.weights, whole.weights, { atol: 1e-6, rtol: 1e-5 }, "weights");
    const early = await afterSteps({ ...plain, ...still, accumulate: 3 }, parts.slice(0, 2), smooth);
    expect(early.weights, "no update yet").toEqual((await afterSteps(plain, [], smooth)).weights);
  });

  it("a class counts as much as its weight", async () => {
    const batch = { ...batchOf(3), y: Int32Array.of(0, 1, 1) };
    const counted = await afterSteps({ ...plain, ...still, classWeights: [3, 0, 1] }, [batch], smooth);
    // (3 * first + 0 + 0) / 3
    const alone = await afterSteps({ ...plain, ...still }, [part(batch, 0, 1)], smooth);
    expectClose(counted.weights, alone.weights, { atol: 1e-6, rtol: 1e-5 }, "weights");
    expect(counted.losses[0]).toBeCloseTo(alone.losses[0] ?? Number.NaN, 5);
  });

  it("frozen layers stay, and so do their moving statistics", async () => {
    const frozen = ["stem", "conv_1", "norm_1"];
    using model = network();
    using trainer = new Trainer(model, { ...plain, frozen });
    const before = await trainer.savedWeights();
    await trainer.step(batchOf(4));
    for (const [i, { layer, name, values }] of (await trainer.savedWeights()).entries())
      if (frozen.includes(layer)) expect(values, `${layer}/${name}`).toEqual(before[i]?.values);
      else expect(values, `${layer}/${name}`).not.toEqual(before[i]?.values);
  });

  it("outputs of a frozen layer stand for the pictures", async () => {
    const frozen = ["stem", "conv_1", "norm_1", "drop_1"];
    const batch = batchOf(4);
    using model = network();
    using x = host.engine.tensor(batch.x, batch.shape);
    using features = model.forward(x, { upTo: "sum_1" });
    const given = { ...batch, x: Float32Array.from(await features.read()), shape: features.shape };
    const whole = await afterSteps({ ...plain, frozen }, [batch]);
    for (const recompute of [false, true])
      expect(await afterSteps({ ...plain, frozen, from: "sum_1", recompute }, [given])).toEqual(whole);
  });

  it("a network with nothing to train is refused", () => {
    using model = network();
    const frozen = model.layers.map(({ name }) => name);
    expect(() => new Trainer(model, { ...plain, frozen })).toThrow(/there is nothing to train/);
    expect(() => new Trainer(model, { ...plain, frozen: ["convv_1"] })).toThrow(/did you mean "conv_1"/);
    expect(() => new Trainer(model, { ...plain, loss: "softmx" as "softmax" })).toThrow(/did you mean "softmax"/);
  });
});

describe("the same bits", () => {
  const given = ["a", "b", "c", "d"].map((seed) => batchOf(3, seed));

  it("for the same seed, and from a state that was taken midway", async () => {
    const whole = await afterSteps(withAdam, given);
    expect(await afterSteps(withAdam, given)).toEqual(whole);
    using first = network();
    using began = new Trainer(first, withAdam);
    for (const batch of given.slice(0, 2)) await began.step(batch);
    const state = await began.state();
    await began.step(batchOf(3, "something else"));
    using second = network();
    using goesOn = new Trainer(second, withAdam);
    await goesOn.step(batchOf(3, "something else"));
    for (const trainer of [goesOn, began]) {
      trainer.restore(state);
      expect(trainer.steps).toBe(2);
      for (const batch of given.slice(2)) await trainer.step(batch);
      expect(flat(await trainer.savedWeights())).toEqual(whole.weights);
    }
  });

  it("another model's state, or another optimiser's, changes nothing", async () => {
    using model = network();
    using trainer = new Trainer(model, withAdam);
    using other = network({ normalised: false });
    using otherTrainer = new Trainer(other, withAdam);
    using plainTrainer = new Trainer(model, plain);
    const before = await trainer.state();
    expect(() => otherTrainer.restore(before)).toThrow(/weights of another model.*Resume with the model/);
    expect(() => trainer.restore({ ...before, weights: before.weights.slice(1) })).toThrow(ShapeError);
    const mixed = { ...(await plainTrainer.state()), weights: before.weights.map(halved) };
    expect(() => trainer.restore(mixed), "nothing is written before all is checked").toThrow(WeightsFormatError);
    expect(await trainer.state()).toEqual(before);
  });

  const halved = (weight: SavedWeight) => ({ ...weight, values: weight.values.map((value) => value / 2) });
});

describe("what goes wrong is named, and harms no weight", () => {
  const poisoned = (index: number): Batch => {
    const batch = batchOf(2);
    batch.x[index] = Number.NaN;
    return batch;
  };

  it.each([
    { what: "a batch", batch: poisoned(17), message: /"stem/ },
    { what: "a weight", batch: batchOf(2), weight: { layer: "conv_2", name: "kernel" }, message: /"conv_2/ },
    { what: "the last weight", batch: batchOf(2), weight: { layer: "scores", name: "bias" }, message: /"scores/ },
  ])("NaN in $what", async ({ weight, batch, message }) => {
    using model = network();
    if (weight) {
      const values = await model.readWeight(weight.layer, weight.name);
      values[0] = Number.NaN;
      model.setWeight(weight.layer, weight.name, values);
    }
    using trainer = new Trainer(model, withAdam);
    const before = await trainer.savedWeights();
    const failure = await trainer.step(batch).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NonFiniteError);
    expect(String(failure)).toMatch(message);
    expect(await trainer.savedWeights()).toEqual(before);
  });

  it("a gradient that overflows where the loss does not", async () => {
    using model = network({ normalised: false });
    using trainer = new Trainer(model, {
      ...plain,
      frozen: ["drop_1", "drop_2"],
      // adds 0, whose gradient is 10^50 - 10^50
      loss: ({ logits }, y) => sparseSoftmaxCrossEntropy(add(logits, scale(scale(sub(logits, logits), 1e25), 1e25)), y),
    });
    const before = await trainer.savedWeights();
    await expect(trainer.step(batchOf(2))).rejects.toThrow(/gradient/);
    expect(await trainer.savedWeights()).toEqual(before);
  });

  it.each([3, -1])("label %i of 3 classes", async (label) => {
    using model = network();
    using trainer = new Trainer(model, withAdam);
    const before = await trainer.state();
    const batch = { ...batchOf(2), y: Int32Array.of(0, label) };
    await expect(trainer.step(batch)).rejects.toThrow(`label ${label} of row 1 is out of range: 3 classes`);
    await expect(trainer.step({ ...batch, y: new Int32Array(2), shape: [2, 6, 6, 4] })).rejects.toThrow(ShapeError);
    expect(await trainer.state()).toEqual(before);
  });
});
