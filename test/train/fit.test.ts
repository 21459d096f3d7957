// Runs of several epochs: what they tell, when they end, and that an interrupted one goes on to the same bits.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { arrayDataset } from "../../src/train/data/arrays.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import {
  type EpochRecord,
  type FitOptions,
  type Snapshot,
  type StepRecord,
  fit as trainFor,
} from "../../src/train/fit.ts";
import { adam } from "../../src/train/optimizers/adam.ts";
import { type SavedWeight, Trainer, type TrainerOptions } from "../../src/train/trainer.ts";
import { fillWeights, sequential } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";

const host = useEngine();
const [examples, inputs] = [22, 5];

/** Two classes, told by the sign of the first two numbers' sum. */
function examplesOf(seed: string, count = examples) {
  const x = randomValues(seed, count * inputs);
  const labels = Array.from({ length: count }, (_, i) => Number((x[i * inputs] ?? 0) + (x[i * inputs + 1] ?? 0) > 0));
  return arrayDataset(x, labels, { inputShape: [inputs] });
}

const data = examplesOf("training data");
const validation = examplesOf("validation data", 9);

function network(): Model {
  const model = Model.fromConfig(
    host.engine,
    sequential(
      [inputs],
      [
        ["Dense", { name: "hidden", units: 8, activation: "relu" }],
        ["BatchNormalization", { name: "norm", momentum: 0.7 }],
        ["Dropout", { name: "drop", rate: 0.3 }],
        ["Dense", { name: "scores", units: 2, activation: "softmax" }],
      ],
    ),
  );
  fillWeights(model);
  return model;
}

/** A run of a fresh network, its weights at the end, and what they give on the validation data. */
async function run(options: FitOptions, more: Partial<TrainerOptions> = {}) {
  using model = network();
  const rate = { learningRate: 0.02 };
  using trainer = new Trainer(model, { optimizer: (weights) => adam(weights, rate), seed: 2, ...more });
  const result = await trainFor(trainer, data, { batchSize: 4, validation, ...options });
  return {
    ...result,
    weights: await trainer.savedWeights(),
    evaluation: await evaluate(model, validation, { batchSize: 4 }),
  };
}

/** Without the times, which no two runs share. */
const timeless = (history: readonly EpochRecord[]) => history.map((record) => ({ ...record, seconds: 0 }));

describe("a run", () => {
  it("tells of every step and every epoch", async () => {
    const steps: StepRecord[] = [];
    const epochs: EpochRecord[] = [];
    const { history, ended, bestEpoch, evaluation } = await run(
      { epochs: 2, onStep: (record) => steps.push(record), onEpoch: (record) => void epochs.push(record) },
      { optimizer: (weights) => adam(weights, { learningRate: (step) => 0.02 / (step + 1) }) },
    );
    expect([ended, bestEpoch, epochs]).toEqual(["finished", 1, history]);
    expect(steps.map(({ epoch, batch }) => [epoch, batch])).toEqual(
      [0, 1].flatMap((epoch) => [1, 2, 3, 4, 5, 6].map((batch) => [epoch, batch])),
    );
    expect(steps.map(({ learningRate }) => learningRate)).toEqual(steps.map((_, i) => 0.02 / (i + 1)));
    for (const { epochs: of, batches, loss, gradientNorm, examplesPerSecond } of steps) {
      expect([of, batches]).toEqual([2, 6]);
      for (const value of [loss, gradientNorm, examplesPerSecond]) expect(value).toBeGreaterThan(0);
    }
    const first = steps.slice(0, 6);
    const sum = first.reduce((total, { loss }, i) => total + loss * (i < 5 ? 4 : 2), 0);
    expect(history[0]?.loss).toBeCloseTo(sum / examples, 6);
    expect(history[0]).toMatchObject({ epoch: 0, examples, accuracy: first.at(-1)?.means.accuracy });
    expect(history[1]?.validation).toEqual(evaluation);
    expect(history[1]?.seconds).toBeGreaterThan(0);
  });

  it("learns", async () => {
    const rate = { learningRate: 0.05 };
    const { history } = await run({ epochs: 12, batchSize: 11 }, { optimizer: (weights) => adam(weights, rate) });
    expect(history.at(-1)?.loss).toBeLessThan(0.6 * (history[0]?.loss ?? 0));
    expect(history.at(-1)?.validation?.accuracy).toBeGreaterThan(0.7);
  });

  it("refuses options that make no sense", async () => {
    await expect(run({ epochs: 0 })).rejects.toThrow(ShapeError);
    await expect(run({ epochs: 1, batchSize: 1.5 })).rejects.toThrow(/batchSize is 1.5/);
  });
});

describe("early stopping", () => {
  it("ends a run that gets no better, and brings the best weights back", async () => {
    const kept: (readonly SavedWeight[])[] = [];
    const { history, ended, bestEpoch, weights, evaluation } = await run(
      {
        epochs: 30,
        earlyStopping: { patience: 3 },
        onEpoch: async (_, snapshot) => void kept.push((await snapshot()).trainer.weights),
      },
      // larger steps as it goes: it gets worse before long
      { optimizer: (all) => adam(all, { learningRate: (step) => 0.002 * 1.2 ** step }) },
    );
    const losses = history.map((record) => record.validation?.loss ?? Number.NaN);
    expect([ended, bestEpoch]).toEqual(["early", losses.indexOf(Math.min(...losses))]);
    expect(history.length).toBe(bestEpoch + 4);
    expect(weights).toEqual(kept[bestEpoch]);
    expect(evaluation.loss).toBe(Math.min(...losses));
  });
});

describe("an interrupted run", () => {
  const whole = { epochs: 3, seed: 9, earlyStopping: { patience: 5 } };

  /** Stops after so many steps, and goes on with a fresh network. */
  async function inTwo(stopAfter: number, more: Partial<TrainerOptions> = {}) {
    const stop = new AbortController();
    let steps = 0;
    const onStep = () => {
      if (++steps === stopAfter) stop.abort();
    };
    const first = await run({ ...whole, signal: stop.signal, onStep }, more);
    expect(first.ended).toBe("stopped");
    const resume: Snapshot | undefined = structuredClone(first.snapshot);
    expect(resume?.position).toMatchObject({ epoch: Math.floor((steps - 1) / 6), batch: ((steps - 1) % 6) + 1 });
    return { steps, ...(await run({ ...whole, ...(resume ? { resume } : {}) }, more)) };
  }

  it.each([
    { where: "in an epoch", stopAfter: 8 },
    { where: "after an epoch's last step", stopAfter: 6 },
  ])("that stopped $where ends with the same bits", async ({ stopAfter }) => {
    const uninterrupted = await run(whole);
    const resumed = await inTwo(stopAfter);
    expect(resumed.steps).toBe(stopAfter);
    expect(resumed.weights).toEqual(uninterrupted.weights);
    expect(timeless(resumed.history)).toEqual(timeless(uninterrupted.history));
    expect(resumed.bestEpoch).toBe(uninterrupted.bestEpoch);
  });

  it("that adds up batches stops after an update, of which an epoch's last has what is left", async () => {
    const uninterrupted = await run(whole, { accumulate: 4 });
    for (const [stopAfter, stopped] of [
      [3, 4],
      [5, 6],
    ] as const) {
      const resumed = await inTwo(stopAfter, { accumulate: 4 });
      expect(resumed.steps).toBe(stopped);
      expect(resumed.weights).toEqual(uninterrupted.weights);
    }
  });
});
