import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Model } from "../../src/nn/model.ts";
import { fileSource } from "../../weights/file-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import { useEngine } from "../support/engine.ts";

const folder = fileURLToPath(new URL("../../../shared/assets/models/keras3/", import.meta.url));
const gpu = useEngine();

/** A picture like MNIST's: a bright stroke on black. */
const digit = Float32Array.from({ length: 784 }, (_, i) => (Math.abs((i % 28) - 14) < 3 && i > 112 && i < 672 ? 1 : 0));

async function probabilities(model: Model): Promise<number[]> {
  const x = gpu.engine.tensor(digit, [1, 28, 28, 1]);
  const y = model.forward(x);
  const values = [...(await y.read())];
  x.dispose();
  y.dispose();
  return values;
}

describe.skipIf(!existsSync(folder))("real Keras 3 files (skipped when ../shared/assets/models is missing)", () => {
  test("a .keras file trained on digits sees a one", async () => {
    const model = await loadModel(gpu.engine, fileSource(`${folder}subhadip-mnist/Subhadip_Hensh_MNIST_CNN.keras`));
    const p = await probabilities(model);
    expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(p.indexOf(Math.max(...p))).toBe(1);
    model.dispose();
  });

  test("a .weights.h5 file in the architecture that it was saved from", async () => {
    const conv = (name: string, filters: number) => ({
      class_name: "Conv2D",
      config: { name, filters, kernel_size: [3, 3], activation: "relu" },
    });
    const pool = (name: string) => ({ class_name: "MaxPooling2D", config: { name, pool_size: [2, 2] } });
    const layers = [
      { class_name: "InputLayer", config: { name: "image", batch_shape: [null, 28, 28, 1] } },
      conv("a", 32),
      pool("b"),
      conv("c", 64),
      pool("d"),
      { class_name: "Flatten", config: { name: "e" } },
      { class_name: "Dense", config: { name: "g", units: 10, activation: "softmax" } },
    ];
    const config = { class_name: "Sequential", config: { name: "mnist", layers } };
    const model = Model.fromConfig(gpu.engine, config);
    await loadWeights(model, fileSource(`${folder}bestakdv-mnist-weights/mnist_cnn.weights.h5`));
    const p = await probabilities(model);
    expect(p.indexOf(Math.max(...p))).toBe(1);
    model.dispose();
  });
});
