// VGG16 and ResNet50 with hash weights get a new head and learn a step on the procedural data set.
import { expect, it } from "vitest";
import { resnet50 } from "../../src/nn/applications/resnet50.ts";
import { vgg16 } from "../../src/nn/applications/vgg16.ts";
import type { Model } from "../../src/nn/model.ts";
import { batches } from "../../src/train/data/batches.ts";
import { shapesClasses, shapesDataset } from "../../src/train/data/shapes/shapes.ts";
import { withHead } from "../../src/train/heads.ts";
import { sgd } from "../../src/train/optimizers/sgd.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { withHashWeights } from "../golden/hash-model.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();

/** The networks that people fine-tune, without their classifiers; what is trained besides the head. */
const networks: readonly (readonly [title: string, make: () => Model, tuned: string, frozen: string])[] = [
  ["VGG16", () => vgg16(host.engine, { includeTop: false }), "block5_conv3", "block5_conv2"],
  ["ResNet50", () => resnet50(host.engine, { includeTop: false }), "conv5_block3_3_conv", "conv5_block3_2_conv"],
];

it.each(networks)("%s learns with a new head, and what is frozen stays", async (_, make, tuned, still) => {
  using base = withHashWeights(make());
  using model = withHead(base, { head: "gap", classes: shapesClasses.length, seed: 1 });
  const before = await Promise.all([tuned, still].map((layer) => model.readWeight(layer, "bias")));
  const names = model.layers.map(({ name }) => name);
  const trained = new Set([...names.slice(names.indexOf(tuned)), "head_scores"]);
  const frozen = names.filter((name) => !trained.has(name));
  const optimizer = (weights: Parameters<typeof sgd>[0]) => sgd(weights, { learningRate: 1e-3, clipNorm: 1 });
  using trainer = new Trainer(model, { frozen, optimizer });
  const losses: number[] = [];
  for (let step = 0; step < 2; step++)
    for await (const batch of batches(shapesDataset({ count: 2, size: 32 }), { size: 2 }))
      losses.push((await trainer.step(batch)).loss);
  expect(losses[1]).toBeLessThan(losses[0] ?? 0);
  const after = await Promise.all([tuned, still].map((layer) => model.readWeight(layer, "bias")));
  expect([...(after[0] ?? [])]).not.toEqual([...(before[0] ?? [])]);
  expect([...(after[1] ?? [])]).toEqual([...(before[1] ?? [])]);
});
