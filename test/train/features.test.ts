// Features of frozen layers, computed once: training on them is training on the pictures.
import { describe, expect, it } from "vitest";
import { UnknownNameError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { arrayDataset } from "../../src/train/data/arrays.ts";
import { featureBytes, featureDataset, featurePlace } from "../../src/train/features.ts";
import { fit } from "../../src/train/fit.ts";
import { chooseLayers } from "../../src/train/freeze.ts";
import { adam } from "../../src/train/optimizers/adam.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { fillWeights, sequential } from "../nn/support.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";

const host = useEngine();
const conv = { kernel_size: 3, padding: "same", activation: "relu" };

function network(): Model {
  const model = Model.fromConfig(
    host.engine,
    sequential(
      [6, 6, 2],
      [
        ["Conv2D", { name: "conv1", filters: 3, ...conv }],
        ["BatchNormalization", { name: "norm1" }],
        ["MaxPooling2D", { name: "pool1", pool_size: 2 }],
        ["Dropout", { name: "drop", rate: 0.4 }],
        ["Conv2D", { name: "conv2", filters: 4, ...conv }],
        ["GlobalAveragePooling2D", { name: "gap" }],
        ["Dense", { name: "scores", units: 2, activation: "softmax" }],
      ],
    ),
  );
  fillWeights(model);
  return model;
}

const count = 10;
const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
const data = arrayDataset(randomValues("features", count * 72), labels, { inputShape: [6, 6, 2] });

/** All weights after two epochs, and the losses. */
async function trained(frozen: readonly string[], from?: string): Promise<{ values: number[]; losses: number[] }> {
  using model = network();
  const examples = from === undefined ? data : await featureDataset(model, data, { upTo: from, batchSize: 4 });
  if (!examples) throw new Error("nobody stopped it");
  using trainer = new Trainer(model, { optimizer: (weights) => adam(weights), frozen, from });
  const { history } = await fit(trainer, examples, { epochs: 2, batchSize: 4, seed: 1, validation: examples });
  const values = (await trainer.savedWeights()).flatMap((weight) => Array.from(weight.values));
  return { values, losses: history.flatMap(({ loss, validation }) => [loss, validation?.loss ?? Number.NaN]) };
}

describe("features", () => {
  it.each([
    ["pool1", ["conv1", "norm1"]],
    ["gap", ["conv1", "norm1", "pool1", "drop", "conv2"]],
  ])("up to %s train as the pictures do", async (place, frozen) => {
    {
      using model = network();
      expect(featurePlace(model, new Set(frozen))).toBe(place);
      expect(featureBytes(model, place, count)).toBe(place === "gap" ? 160 : 4 * count * 27);
    }
    const whole = await trained(frozen);
    const cached = await trained(frozen, place);
    expectClose(cached.values, whole.values, { atol: 1e-6, rtol: 1e-6 }, "weights");
    expectClose(cached.losses, whole.losses, { atol: 1e-6, rtol: 1e-6 }, "losses");
  });

  it("end before what is trained or drawn at random", async () => {
    using model = network();
    expect(featurePlace(model, new Set())).toBeUndefined();
    expect(featurePlace(model, new Set(["norm1", "conv2"]))).toBeUndefined();
    expect(featurePlace(model, new Set(["conv1"]))).toBe("conv1");
    const stopped = featureDataset(model, data, { upTo: "conv1", signal: AbortSignal.abort() });
    expect(await stopped).toBeUndefined();
  });
});

describe("frozen layers", () => {
  it("are chosen by patterns", () => {
    using model = network();
    const chosen = (...patterns: string[]) => chooseLayers(model, patterns).filter((name) => name !== "image");
    expect(chosen("until:drop")).toEqual(["conv1", "norm1", "pool1"]);
    expect(chosen("norm1..drop")).toEqual(["norm1", "pool1", "drop"]);
    expect(chosen("conv*", "gap")).toEqual(["conv1", "conv2", "gap"]);
    expect(chosen("/^(n|d)/")).toEqual(["norm1", "drop"]);
    expect(chosen("none")).toEqual([]);
    expect(chosen("all")).toHaveLength(7);
    for (const wrong of ["conv3", "until:x", "z*", "/(/", "drop..conv1"])
      expect(() => chosen(wrong), wrong).toThrow(UnknownNameError);
    expect(() => chosen("until:drob")).toThrow('did you mean "drop"?');
  });
});
