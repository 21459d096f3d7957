// Models with real weights and their inputs, for the tests of explanations.
import { explain, type Run } from "../../src/explain/explain.ts";
import { modelInput } from "../../src/explain/model-input.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import { Golden } from "../golden/golden.ts";
import { inputOf } from "../golden/input.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";

/** A model of test/fixtures/models. */
export async function loadFixtureModel(engine: Engine, name: string): Promise<Model> {
  const open = async (file: string) => bytesSource(await readFixture(`fixtures/models/${file}`), file);
  if (name !== "vgg-like") return loadModel(engine, await open(`${name}.h5`));
  const model = Model.fromConfig(engine, await readJsonFixture("fixtures/models/vgg-like.json"));
  await loadWeights(model, await open("vgg-like-weights.h5"));
  return model;
}

/** A fixture model and the input that Keras was given. */
export async function openFixture(engine: Engine, name: string): Promise<{ model: Model; x: Tensor }> {
  const model = await loadFixtureModel(engine, name);
  const golden = await Golden.read(`fixtures/${name}`);
  return { model, x: engine.tensor(inputOf(model, golden), [1, ...golden.facts.input.shape]) };
}

/** A picture of weights/samples as the embedded classifier takes it. */
export async function sampleInput(model: Model, name: string): Promise<Tensor> {
  return modelInput(model, await decodeImage(await readFixture(`../weights/samples/${name}.jpg`)));
}

/** Opens a fixture, records its forward pass, and gives all memory back after `body`. */
export async function withRun(engine: Engine, name: string, body: (run: Run) => Promise<void>): Promise<void> {
  const { model, x } = await openFixture(engine, name);
  try {
    using run = explain(model, x);
    await body(run);
  } finally {
    x.dispose();
    model.dispose();
  }
}
