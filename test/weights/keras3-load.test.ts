import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture } from "../support/fixture.ts";
import { pixels, readExpected } from "./keras3-expected.ts";

const gpu = useEngine();
const fixture = async (name: string) => bytesSource(await readFixture(`fixtures/keras3/${name}`), name);

async function outputOf(model: Model): Promise<number[]> {
  const [, height = 0, width = 0, channels = 0] = model.inputShape;
  const [h, w, c] = [height ?? 0, width ?? 0, channels ?? 0];
  const x = gpu.engine.tensor(pixels(h * w * c), [1, h, w, c]);
  const y = model.forward(x);
  const values = [...(await y.read())];
  x.dispose();
  y.dispose();
  return values;
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  const scale = Math.max(...want.map(Math.abs));
  for (const [i, value] of want.entries()) expect(Math.abs((got[i] ?? Number.NaN) - value) / scale).toBeLessThan(1e-5);
}

describe("a .keras file computes what Keras computes", () => {
  test.each([
    ["functional.keras", "functional"],
    ["tf.keras", "tf"],
    ["tf-2.13.keras", "tf"],
    ["twice.keras", "twice"],
    ["twice-tf.keras", "twiceTf"],
    ["sequential-float16.keras", "sequential"],
    ["sequential-bfloat16.keras", "sequential"],
  ] as const)("%s", async (name, expected) => {
    const progress: number[] = [];
    const onProgress = (done: number, total: number) => void progress.push(done / total);
    const model = await loadModel(gpu.engine, await fixture(name), { onProgress });
    model.assertLoaded();
    expectClose(await outputOf(model), (await readExpected())[expected].output);
    expect(progress.at(-1)).toBe(1);
    model.dispose();
  });
});

test("an architecture and a .weights.h5 file", async () => {
  const { functional } = await readExpected();
  const model = Model.fromConfig(gpu.engine, functional.config);
  await loadWeights(model, await fixture("functional-by-name.weights.h5"));
  expectClose(await outputOf(model), functional.output);
  await loadWeights(model, await fixture("functional-3.0.weights.h5"));
  expectClose(await outputOf(model), functional.output);
  model.dispose();
});

test("weights without an architecture say so, and nothing stays allocated", async () => {
  await expect(loadModel(gpu.engine, await fixture("tf.weights.h5"))).rejects.toThrow(/weights but no architecture/);
  const { sequential } = await readExpected();
  const model = Model.fromConfig(gpu.engine, sequential.config);
  await expect(loadWeights(model, await fixture("tf.weights.h5"))).rejects.toThrow(WeightsFormatError);
  model.dispose();
});
