// ACoL's two heads against PyTorch (tools/golden/acol.py), what is erased, and that training makes its loss small.
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { DatasetError, ShapeError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { findOutputs } from "../../src/nn/outputs.ts";
import { initialize, trainableWeights } from "../../src/nn/trainable.ts";
import { acolLoss, acolMaps, withAcolHeads } from "../../src/train/acol.ts";
import { batches } from "../../src/train/data/batches.ts";
import { shapesDataset } from "../../src/train/data/shapes/shapes.ts";
import { lossAndGradients } from "../../src/train/gradients.ts";
import { weightedMean } from "../../src/train/losses.ts";
import { adam } from "../../src/train/optimizers/adam.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { loadModel } from "../../weights/load.ts";
import { saveModel } from "../../weights/save.ts";
import { relativeError } from "../golden/compare.ts";
import { fillWeights, fractions, sequential } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";

interface Golden {
  readonly pictures: number;
  readonly side: number;
  readonly channels: number;
  readonly filters: number;
  readonly classes: number;
  readonly labels: readonly number[];
  readonly features: readonly number[];
  readonly erasedFeatures: readonly number[];
  readonly mapsA: readonly number[];
  readonly mapsB: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly map: readonly number[];
  /** Of every picture. */
  readonly lossA: readonly number[];
  readonly lossB: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const golden = await readJsonFixture<Golden>("golden/training/acol.json");
const host = useEngine();
const most = 1e-4;
const shape = [golden.pictures, golden.side, golden.side, 3];
const picture = fractions(shape, 23, 7);
const labels = Int32Array.from(golden.labels);

function network(filters = golden.channels): Model {
  const conv = { name: "conv", filters, kernel_size: 3, padding: "same", activation: "relu" };
  return Model.fromConfig(host.engine, sequential([null, null, 3], [["Conv2D", conv]]));
}

/** With the weights of the golden values. */
function goldenModel(): Model {
  using base = network();
  fillWeights(base);
  const model = withAcolHeads(base, { classes: golden.classes, filters: [golden.filters] });
  fillWeights(model);
  return model;
}

describe("against PyTorch", () => {
  it("both losses, what is erased, the maps, and every gradient", async () => {
    const { engine } = host;
    using model = goldenModel();
    const wrt = trainableWeights(model);
    const read = engine.scope(() => {
      const y = engine.tensor(labels, [labels.length]);
      const found: ReturnType<typeof engine.read>[] = [];
      const { loss, gradients } = lossAndGradients({
        model,
        x: engine.tensor(picture, shape),
        training: { seed: 0 },
        loss: (outputs, tape) => weightedMean(acolLoss()(outputs, y, { model, tape })),
        wrt: wrt.map(({ tensor }) => tensor),
        onTape: (tape) => {
          const erased = tape.nodes.find(({ label }) => label.startsWith("acol_b_"))?.inputs.x;
          const named = ["acol_pool", "acol_a_maps", "acol_b_maps"].map((name) => tape.node(name).output);
          found.push(engine.read(erased ? [...named, erased] : named));
        },
      });
      return { all: [...found, engine.read([loss, ...gradients])] };
    });
    const [[features, mapsA, mapsB, erased] = [], [loss, ...gradients] = []] = await Promise.all(read.all);
    for (const [name, got] of Object.entries({ features, mapsA, mapsB, erasedFeatures: erased }))
      expect(relativeError(got ?? [], golden[name as "features"]), name).toBeLessThan(most);
    const total = golden.labels.map((_, i) => (golden.lossA[i] ?? 0) + (golden.lossB[i] ?? 0));
    expect(loss?.[0]).toBeCloseTo(total.reduce((sum, value) => sum + value) / total.length, 4);
    for (const [i, { layer, name }] of wrt.entries())
      expect(
        relativeError(gradients[i] ?? [], golden.gradients[`${layer}/${name}`] ?? []),
        `${layer}/${name}`,
      ).toBeLessThan(most);
    expect(wrt.length).toBe(Object.keys(golden.gradients).length);
  });

  it("each picture's two losses", async () => {
    const { engine } = host;
    using model = goldenModel();
    const { read } = engine.scope(() => {
      using tape = new Tape(engine);
      const y = engine.tensor(labels, [labels.length]);
      const outputs = findOutputs(tape, model.forward(engine.tensor(picture, shape), { tape }));
      return { read: engine.read([tape.run(() => acolLoss()(outputs, y, { model, tape }))]) };
    });
    const [rows] = await read;
    const total = golden.labels.map((_, i) => (golden.lossA[i] ?? 0) + (golden.lossB[i] ?? 0));
    expect(relativeError(rows ?? [], total)).toBeLessThan(most);
  });

  it("the maps at test time, for labels that are given and for head A's own", async () => {
    using model = goldenModel();
    using x = host.engine.tensor(picture, shape);
    const maps = await acolMaps(model, x, { labels });
    expect(maps.map(({ classIndex }) => classIndex)).toEqual(golden.labels);
    for (const which of ["map", "a", "b"] as const) {
      const values = maps.flatMap((one) => [...one[which].data]);
      expect(relativeError(values, golden[which]), which).toBeLessThan(most);
    }
    const own = await acolMaps(model, x);
    for (const { classIndex, logits } of own) expect(classIndex).toBe(logits.indexOf(Math.max(...logits)));
  });
});

it("a map without differences erases nothing and is 0 everywhere", async () => {
  using model = goldenModel();
  for (const layer of ["acol_a_maps", "acol_b_maps"])
    model.setWeight(layer, "kernel", new Float32Array(golden.filters * golden.classes));
  using x = host.engine.tensor(picture, shape);
  for (const { map, logits } of await acolMaps(model, x, { labels })) {
    expect(map.data.every((value) => value === 0)).toBe(true);
    expect(logits.every(Number.isFinite)).toBe(true);
  }
});

it("delta 1 erases the maximum alone", async () => {
  using model = goldenModel();
  using x = host.engine.tensor(picture, shape);
  const sharper = await acolMaps(model, x, { labels, delta: 1 });
  const plain = await acolMaps(model, x, { labels });
  expect(sharper.map(({ a }) => [...a.data])).toEqual(plain.map(({ a }) => [...a.data]));
  expect(sharper.map(({ b }) => [...b.data])).not.toEqual(plain.map(({ b }) => [...b.data]));
});

it("training makes the loss small, and the saved network is the same", async () => {
  const { engine } = host;
  using base = network(8);
  initialize(base, { seed: 1 });
  using model = withAcolHeads(base, { classes: 6, filters: [8], seed: 2 });
  const data = shapesDataset({ count: 6, size: 32 });
  const losses: number[] = [];
  const optimizer = (weights: Parameters<typeof adam>[0]) => adam(weights, { learningRate: 0.02 });
  using trainer = new Trainer(model, { loss: acolLoss(), optimizer });
  for (let step = 0; step < 10; step++)
    for await (const batch of batches(data, { size: 6 })) losses.push((await trainer.step(batch)).loss);
  expect(losses[0]).toBeGreaterThan(3);
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.3);
  using again = await loadModel(engine, await saveModel(model, { format: "safetensors" }));
  using x = engine.tensor((await data.get(0)).x, [1, 32, 32, 3]);
  const both = await Promise.all([model, again].map((one) => acolMaps(one, x)));
  expect(both[1]).toEqual(both[0]);
});

describe("what does not fit is refused", () => {
  it("another model, targets that are no labels, labels that are no class", async () => {
    using model = goldenModel();
    using plain = network();
    fillWeights(plain);
    using x = host.engine.tensor(picture, shape);
    await expect(acolMaps(plain, x)).rejects.toThrow(/has not the two heads of ACoL/);
    await expect(acolMaps(model, x, { labels: Int32Array.of(0) })).rejects.toThrow(ShapeError);
    await expect(acolMaps(model, x, { labels: Int32Array.of(0, 3, 1) })).rejects.toThrow(DatasetError);
    using tape = new Tape(host.engine);
    using targets = host.engine.zeros([1, 3]);
    const outputs = { logits: targets, probs: targets };
    expect(() => acolLoss()(outputs, targets, { model, tape })).toThrow(/one label for each picture/);
    expect(() => acolLoss({ delta: 0 })).toThrow(ShapeError);
    expect(() => withAcolHeads(plain, { classes: 2, filters: [0] })).toThrow(ShapeError);
  });
});
