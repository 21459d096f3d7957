import { afterAll, beforeAll, expect, test } from "vitest";
import { Model } from "../../src/nn/model.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import { balanced, inputOf, layerOf } from "../nn/support.ts";
import { readFixture } from "../support/fixture.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create();
});
afterAll(() => engine.dispose());

const lenet = async () => bytesSource(await readFixture("fixtures/models/lenet-mnist.h5"), "lenet-mnist.h5");

/** The kernels that are compiled while `body` runs. */
async function compiledBy(body: () => unknown): Promise<string[]> {
  const names: string[] = [];
  const stop = engine.on("compile", ({ kernel, variant }) => names.push(`${kernel}/${variant}`));
  await body();
  stop();
  return names;
}

test("what a forward pass needs is compiled while the weights are read, and computes the same", () =>
  balanced(engine, async () => {
    using fresh = await Engine.create();
    using late = await loadModel(engine, await lenet());
    const pixels = Float32Array.from({ length: 28 * 28 }, (_, i) => (i % 17) / 17);
    const predict = async (model: Model) => {
      using x = model.engine.tensor(pixels, [1, 28, 28, 1]);
      using y = model.forward(x);
      return await y.read();
    };
    expect(await compiledBy(() => predict(late))).toEqual([]);
    using other = Model.fromConfig(fresh, late.config);
    const names: string[] = [];
    fresh.on("compile", ({ kernel }) => names.push(kernel));
    other.compileAhead();
    await fresh.finish();
    expect(names).toContain("relu");
    expect(() => other.assertLoaded()).toThrow(/never set/);
    names.length = 0;
    await loadWeights(other, await lenet());
    expect(await predict(other)).toEqual(await predict(late));
    expect(names).toEqual([]);
  }));

test("a model that leaves the size of its pictures open is compiled when it runs", () =>
  balanced(engine, async () => {
    const config = {
      name: "open",
      layers: [inputOf([null, null, 1]), layerOf("ReLU", { name: "relu" }, ["image"])],
      input_layers: [["image", 0, 0]],
      output_layers: [["relu", 0, 0]],
    };
    using model = Model.fromConfig(engine, { class_name: "Functional", config });
    expect(await compiledBy(() => model.compileAhead())).toEqual([]);
  }));
