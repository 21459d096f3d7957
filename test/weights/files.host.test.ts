import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { fileSource } from "../../weights/file-source.ts";
import { openKerasH5 } from "../../weights/keras-h5.ts";

const folder = mkdtempSync(join(tmpdir(), "backlight-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a file on disk", () => {
  const path = join(folder, "bytes");
  writeFileSync(path, Uint8Array.of(1, 2, 3, 4, 5));

  test("ranges, and what lies outside", () => {
    const source = fileSource(path);
    expect([source.size, ...source.read(1, 3)]).toEqual([5, 2, 3, 4]);
    expect(source.read(5, 0)).toHaveLength(0);
    expect(() => source.read(3, 3)).toThrow(/wanted bytes 3 to 6 of a file of 5 bytes/);
    expect(() => source.read(-1, 1)).toThrow(WeightsFormatError);
    source.close();
    source.close();
    expect(() => source.read(0, 1)).toThrow("read after close()");
  });

  test("a file that shrinks while it is read", () => {
    const source = fileSource(path);
    writeFileSync(path, Uint8Array.of(1));
    expect(() => source.read(0, 5)).toThrow(/became shorter than 5 bytes/);
    source.close();
  });

  test("what is no file", () => {
    expect(() => fileSource(folder)).toThrow(/is a folder: give a file/);
    expect(() => fileSource(join(folder, "none"))).toThrow(/there is no file .*none/);
  });
});

const models = fileURLToPath(new URL("../../../shared/assets/models/", import.meta.url));
const known = [
  ["imagenet/mobilenet_v1_0.25_224/mobilenet_v1_0.25_224.rebuilt.h5", "2.2.4"],
  ["tfkeras/natan-mnist/mnist.h5", "2.11.0"],
  ["keras2/oarriaga-gender-mini-xception/gender_mini_XCEPTION.21-0.95.hdf5", "2.0.5"],
] as const;

describe.skipIf(!existsSync(models))(`real Keras files (skipped when ../shared/assets/models is missing)`, () => {
  test.each(known)("%s", async (name, version) => {
    const file = await openKerasH5(fileSource(join(models, name)));
    const weights = file.layers.flatMap((layer) => layer.weights);
    expect([file.format, file.kerasVersion, file.backend]).toEqual(["keras-h5", version, "tensorflow"]);
    expect(weights.length).toBeGreaterThan(5);
    for (const weight of weights) {
      const values = weight.read();
      expect(values).toHaveLength(weight.shape.reduce((a, b) => a * b, 1));
      expect(values.every(Number.isFinite)).toBe(true);
      expect(weight.name.endsWith("moving_variance:0") && values.some((v) => v < 0)).toBe(false);
    }
    file.close();
  });

  test("Keras 1 in Theano's order, which is turned when a model is loaded", async () => {
    const file = await openKerasH5(fileSource(join(models, "keras1/pplonski-mnist-th/my_nn_weights.h5")));
    const [kernel] = file.layers.flatMap((layer) => layer.weights);
    expect([kernel?.name, kernel?.shape]).toEqual(["convolution2d_1_W", [4, 1, 3, 3]]);
    file.close();
  });

  test("what is not of Keras 2 is named", async () => {
    const keras3 = openKerasH5(fileSource(join(models, "keras3/bestakdv-mnist-weights/mnist_cnn.weights.h5")));
    await expect(keras3).rejects.toThrow(/no attribute "layer_names"/);
    const zip = openKerasH5(fileSource(join(models, "keras3/subhadip-mnist/Subhadip_Hensh_MNIST_CNN.keras")));
    await expect(zip).rejects.toThrow(/a zip archive \(Keras 3 .keras/);
  });
});
