import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Model } from "../../src/nn/model.ts";
import { fileSource } from "../../weights/file-source.ts";
import { loadModel } from "../../weights/load.ts";
import { useEngine } from "../support/engine.ts";

const gpu = useEngine();
const assets = fileURLToPath(new URL("../../../shared/assets/", import.meta.url));
const digits = 2000;
const batch = 500;

function idx(name: string, headerBytes: number): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(assets, "mnist", name)))).subarray(headerBytes);
}

/** The part of the first 2,000 test digits that a model gets right. */
async function accuracy(model: Model): Promise<number> {
  const pixels = idx("t10k-images-idx3-ubyte.gz", 16);
  const labels = idx("t10k-labels-idx1-ubyte.gz", 8);
  let right = 0;
  for (let first = 0; first < digits; first += batch) {
    const values = Float32Array.from(pixels.subarray(first * 784, (first + batch) * 784), (v) => v / 255);
    const x = model.engine.tensor(values, [batch, 28, 28, 1]);
    const y = model.forward(x);
    const outputs = await y.read();
    for (let i = 0; i < batch; i++) {
      const row = [...outputs.subarray(i * 10, (i + 1) * 10)];
      if (row.indexOf(Math.max(...row)) === labels[first + i]) right++;
    }
    x.dispose();
    y.dispose();
  }
  return right / digits;
}

describe.skipIf(!existsSync(assets))("real old models (skipped when ../shared/assets is missing)", () => {
  const keras1 = join(assets, "models/keras1/pplonski-mnist-th");
  const open = async (theano?: boolean) =>
    loadModel(gpu.engine, fileSource(join(keras1, "my_nn_arch.json")), {
      weights: fileSource(join(keras1, "my_nn_weights.h5")),
      ...(theano !== undefined && { theano }),
    });

  test("Keras 1 on Theano: images channels first, kernels (O, I, H, W) turned by 180 degrees", async () => {
    using model = await open(true);
    expect(model.inputShape).toEqual([null, 28, 28, 1]);
    expect(model.notes).toEqual([expect.stringMatching(/does not name its backend; Theano was assumed, as asked for/)]);
    expect(await accuracy(model)).toBe(0.8585);
  });

  test("the same file, taken for one of TensorFlow, as its note says", async () => {
    using model = await open();
    expect(model.notes).toEqual([expect.stringMatching(/TensorFlow was assumed.*the option theano/)]);
    expect(await accuracy(model)).toBe(0.2865);
  });

  test("tf.keras: natan-mnist", async () => {
    using model = await loadModel(gpu.engine, fileSource(join(assets, "models/tfkeras/natan-mnist/mnist.h5")));
    expect(model.notes).toEqual([]);
    expect(await accuracy(model)).toBe(0.99);
  });

  test("Keras 2.0.5: a gender classifier of separable convolutions", async () => {
    const name = "models/keras2/oarriaga-gender-mini-xception/gender_mini_XCEPTION.21-0.95.hdf5";
    using model = await loadModel(gpu.engine, fileSource(join(assets, name)));
    expect(model.inputShape).toEqual([null, 64, 64, 1]);
    const x = model.engine.tensor(
      Float32Array.from({ length: 4096 }, (_, i) => ((i * 37) % 255) / 127.5 - 1),
      [1, 64, 64, 1],
    );
    const y = model.forward(x);
    const outputs = [...(await y.read())];
    // what tf.keras 2.19 computes of the same values
    expect(outputs).toHaveLength(2);
    expect(outputs[0]).toBeCloseTo(0.271227091550827, 5);
    expect(outputs[1]).toBeCloseTo(0.7287729382514954, 5);
    x.dispose();
    y.dispose();
  });
});
