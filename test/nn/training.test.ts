// Forward passes in training, and passes that begin or end inside a network.
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { ShapeError, UnknownNameError, UnsupportedLayerError } from "../../src/errors.ts";
import { type ForwardOptions, Model } from "../../src/nn/model.ts";
import { initialize, trainableWeights } from "../../src/nn/trainable.ts";
import type { Observation, TrainingPass } from "../../src/nn/training.ts";
import { keyOf } from "../../src/random.ts";
import { maskOf } from "../reference/dropout.ts";
import { expectClose, expectEqual } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";
import { dense, fillWeights, functional, inputOf, layerOf, noEngine, sequential } from "./support.ts";

const host = useEngine();
const shape = [2, 3, 4, 5];

function modelOf(config: unknown): Model {
  const model = Model.fromConfig(host.engine, config);
  fillWeights(model);
  return model;
}

async function outputOf(model: Model, options: ForwardOptions = {}, extents: readonly number[] = shape) {
  const size = extents.reduce((product, extent) => product * extent, 1);
  using x = host.engine.tensor(randomValues("training", size), extents);
  using y = model.forward(x, options);
  return Float32Array.from(await y.read());
}

const withSeed = (seed: string | number, frozen: readonly string[] = []): { training: TrainingPass } => ({
  training: { seed, frozen: new Set(frozen) },
});

describe("dropout in training", () => {
  const rate = 0.4;
  const twice = sequential(shape.slice(1), [
    ["Dropout", { name: "one", rate }],
    ["Dropout", { name: "two", rate: 0.25 }],
  ]);

  it("multiplies by the mask of Threefry, with a key of seed and layer", async () => {
    using model = modelOf(twice);
    const x = randomValues("training", 120);
    const one = maskOf(shape, { rate, seed: keyOf("7/3/one") });
    const two = maskOf(shape, { rate: 0.25, seed: keyOf("7/3/two") });
    expect([...one].map(Boolean)).not.toEqual([...two].map(Boolean));
    const expected = x.map((value, i) => Math.fround(value * (one[i] ?? 0)) * (two[i] ?? 0));
    expectClose(await outputOf(model, withSeed("7/3")), expected, { atol: 0, rtol: 1e-6 }, "both masks");
  });

  it("repeats itself with a seed, differs with another, and rests where frozen or in inference", async () => {
    using model = modelOf(twice);
    const first = await outputOf(model, withSeed(1));
    expect(await outputOf(model, withSeed(1))).toEqual(first);
    expect(await outputOf(model, withSeed(2))).not.toEqual(first);
    const x = randomValues("training", 120);
    expect(await outputOf(model)).toEqual(x);
    expect(await outputOf(model, withSeed(1, ["one", "two"]))).toEqual(x);
  });

  it("drops whole channels where the layer does", async () => {
    using model = modelOf(sequential(shape.slice(1), [["SpatialDropout2D", { name: "drop", rate: 0.5 }]]));
    const mask = maskOf(shape, { rate: 0.5, seed: keyOf("3/drop"), channels: true });
    const expected = randomValues("training", 120).map((value, i) => value * (mask[i] ?? 0));
    expectEqual(await outputOf(model, withSeed(3)), expected, "channels");
  });

  it.each([
    ["Dropout", { rate: 1 }, /rate is 1; training wants a number from 0 up to, but not, 1/],
    ["Dropout", { rate: 0.5, noise_shape: [null, 1, 1, 5] }, /noise_shape .* Freeze the layer/],
    ["GaussianNoise", { stddev: 1 }, /not computed in training.*Freeze the layer/],
    ["RandomFlip", { mode: "horizontal" }, /`augment`/],
  ])("%s %o is refused, unless it is frozen", async (className, options, message) => {
    using model = modelOf(sequential(shape.slice(1), [[className, { name: "odd", ...options }]]));
    await expect(outputOf(model, withSeed(1))).rejects.toThrow(UnsupportedLayerError);
    await expect(outputOf(model, withSeed(1))).rejects.toThrow(message);
    expect(await outputOf(model, withSeed(1, ["odd"]))).toEqual(randomValues("training", 120));
  });
});

describe("batch norm in training", () => {
  const config = sequential(shape.slice(1), [["BatchNormalization", { name: "norm", momentum: 0.8, scale: false }]]);

  it("takes the batch's statistics and tells of them, changing nothing", async () => {
    using model = modelOf(config);
    const before = await model.readWeight("norm", "moving_mean");
    const seen: Omit<Observation, "moving" | "moments">[] = [];
    const y = await outputOf(model, {
      training: { seed: 1, onObservation: ({ row, momentum }) => seen.push({ row, momentum }) },
    });
    expect(seen).toEqual([
      { row: 0, momentum: 0.8 },
      { row: 1, momentum: 0.8 },
    ]);
    const beta = await model.readWeight("norm", "beta");
    for (let c = 0; c < 5; c++) {
      const values = y.filter((_, i) => i % 5 === c).map((value) => value - (beta[c] ?? 0));
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
      // less than 1 by epsilon over the variance
      expect(values.reduce((sum, value) => sum + value * value, 0) / 24).toBeCloseTo(1, 1);
    }
    expect(await model.readWeight("norm", "moving_mean")).toEqual(before);
    expect(await outputOf(model, withSeed(1, ["norm"]))).toEqual(await outputOf(model));
  });

  it("refuses a momentum that is no share", async () => {
    using model = modelOf(sequential(shape.slice(1), [["BatchNormalization", { name: "norm", momentum: 3 }]]));
    await expect(outputOf(model, withSeed(1))).rejects.toThrow(/momentum is 3; training wants a number from 0 to 1/);
  });
});

describe("passes from and up to a layer", () => {
  const conv = (name: string, from: string) =>
    layerOf("Conv2D", { name, filters: 5, kernel_size: 1, activation: "tanh" }, [from]);
  const residual = functional([
    inputOf(shape.slice(1)),
    conv("a", "image"),
    conv("b", "a"),
    layerOf("Add", { name: "sum_1" }, ["a", "b"]),
    layerOf("Dropout", { name: "drop", rate: 0.3 }, ["sum_1"]),
    conv("c", "drop"),
    layerOf("Add", { name: "sum_2" }, ["c", "drop"]),
    layerOf("GlobalAveragePooling2D", { name: "gap" }, ["sum_2"]),
    dense("scores", "gap"),
  ]);

  it("can be cut where one tensor is all that goes on", () => {
    expect(Model.fromConfig(noEngine, residual).narrowPlaces()).toEqual(["a", "sum_1", "drop", "sum_2", "gap"]);
  });

  it("two parts are the whole, bit for bit, in training too", async () => {
    using model = modelOf(residual);
    for (const options of [{}, withSeed(5)]) {
      const whole = await outputOf(model, options);
      for (const place of model.narrowPlaces()) {
        using x = host.engine.tensor(randomValues("training", 120), shape);
        using middle = model.forward(x, { ...options, upTo: place });
        using y = model.forward(middle, { ...options, from: place });
        expect(await y.read(), place).toEqual(whole);
        expect(middle.disposed, `${place} is the caller's`).toBe(false);
      }
    }
  });

  it("records the second part alone, with the gradient of what it was given", async () => {
    using model = modelOf(residual);
    using middle = host.engine.tensor(randomValues("middle", 120), shape);
    using tape = new Tape(host.engine);
    const y = model.forward(middle, { tape, from: "sum_1" });
    expect(tape.nodes.map(({ label }) => label)).not.toContain("b");
    const seed = host.engine.tensor([1, 0, 0, 0], y.shape);
    const [dx] = tape.backward(y, { wrt: [middle], seed });
    expect(Math.max(...((await dx?.read()) ?? []))).toBeGreaterThan(0);
    for (const tensor of [seed, dx]) tensor?.dispose();
  });

  it("gives back what it began with, where it is to stop there", async () => {
    using model = modelOf(residual);
    using x = host.engine.tensor(randomValues("training", 120), shape);
    using y = model.forward(x, { from: "sum_1", upTo: "sum_1" });
    expect(await y.read()).toEqual(randomValues("training", 120));
  });

  it("tells what cannot be gone on from", () => {
    using model = modelOf(residual);
    using x = host.engine.tensor(randomValues("training", 120), shape);
    expect(() => model.forward(x, { from: "b" })).toThrow(/"image" is needed too: .* from "b" alone/);
    expect(() => model.forward(x, { from: "gap" })).toThrow(/from "gap": the input is \[2, 3, 4, 5\]/);
    expect(() => model.forward([x, x], { from: "drop" })).toThrow(ShapeError);
    expect(() => model.forward(x, { from: "dorp" })).toThrow(UnknownNameError);
  });

  it("a layer that is called twice is no place to cut", () => {
    const shared = functional([
      inputOf(shape.slice(1)),
      {
        ...conv("twice", "image"),
        inbound_nodes: [[["image", 0, 0, {}]], [["twice", 0, 0, {}]]],
      },
      { ...conv("last", "twice"), inbound_nodes: [[["twice", 1, 0, {}]]] },
      conv("end", "last"),
    ]);
    using model = modelOf(shared);
    expect(model.narrowPlaces()).toEqual(["last"]);
    using x = host.engine.tensor(randomValues("training", 120), shape);
    expect(() => model.forward(x, { from: "twice" })).toThrow(/"twice" is called 2 times/);
  });
});

describe("weights to train", () => {
  const config = sequential(shape.slice(1), [
    ["Conv2D", { name: "conv", filters: 4, kernel_size: 3, kernel_initializer: "he_uniform" }],
    ["BatchNormalization", { name: "norm" }],
    ["Dense", { name: "scores", units: 2, bias_initializer: { class_name: "Constant", config: { value: 0.5 } } }],
  ]);

  it("are Keras' trainable ones, without frozen layers'", () => {
    using model = modelOf(config);
    const names = (frozen: readonly string[]) =>
      trainableWeights(model, new Set(frozen)).map(({ layer, name }) => `${layer}/${name}`);
    expect(names([])).toEqual(
      ["conv/kernel", "conv/bias", "norm/gamma", "norm/beta"].concat(["scores/kernel", "scores/bias"]),
    );
    expect(names(["norm", "conv"])).toEqual(["scores/kernel", "scores/bias"]);
  });

  it("begin as their layers say", async () => {
    using model = Model.fromConfig(host.engine, config);
    initialize(model, { seed: 4 });
    const values = Object.fromEntries(
      await Promise.all(
        model
          .weightSlots()
          .map(async ({ layer, name }) => [`${layer}/${name}`, await model.readWeight(layer, name)] as const),
      ),
    );
    const limit = Math.sqrt(6 / 45);
    expect(Math.max(...(values["conv/kernel"] ?? []).map(Math.abs))).toBeLessThan(limit);
    expect(Math.max(...(values["conv/kernel"] ?? []))).toBeGreaterThan(0.9 * limit);
    expect(values["scores/bias"]).toEqual(new Float32Array([0.5, 0.5]));
    expect(values["norm/moving_variance"]).toEqual(new Float32Array(4).fill(1));
    initialize(model, { seed: 5, layers: ({ name }) => name === "scores" });
    expect(await model.readWeight("conv", "kernel")).toEqual(values["conv/kernel"]);
    expect(await model.readWeight("scores", "kernel")).not.toEqual(values["scores/kernel"]);
  });
});
