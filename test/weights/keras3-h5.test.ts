import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openKerasH5 } from "../../weights/keras-h5.ts";
import { openKeras3H5 } from "../../weights/keras3-h5.ts";
import type { ModelFile } from "../../weights/model-file.ts";
import { openModelFile } from "../../weights/open.ts";
import { readFixture } from "../support/fixture.ts";
import { readAll } from "./damaged.ts";

const fixture = async (name: string) => bytesSource(await readFixture(`fixtures/keras3/${name}`), name);

function outline(file: ModelFile): string[] {
  return file.layers.map(({ name, ownName, weights }) =>
    [name, ownName, ...weights.map((weight) => `${weight.name} ${weight.shape.join("x")}`)].join(" | "),
  );
}

describe("reading", () => {
  test("Keras 3: groups by class, with the layers' own names; optimizer and metrics are left out", async () => {
    const file = await openKeras3H5(await fixture("functional.weights.h5"));
    expect([file.format, file.naming, file.config]).toEqual(["keras-weights-h5", "class", undefined]);
    const branch = "layers/functional/layers";
    expect(outline(file).toSorted()).toEqual([
      "layers/batch_normalization | no_scale | vars/0 3 | vars/1 3 | vars/2 3",
      "layers/batch_normalization_1 | no_center | vars/0 3 | vars/1 3 | vars/2 3",
      "layers/conv2d | shared | vars/0 3x3x3x3 | vars/1 3",
      "layers/conv2d_1 | conv2d_1 | vars/0 1x1x6x6 | vars/1 6",
      "layers/dense | dense_1 | vars/0 6x6 | vars/1 6",
      "layers/dense_1 | dense | vars/0 6x6 | vars/1 6",
      `${branch}/depthwise_conv2d | branch/depthwise | vars/0 3x3x4x1 | vars/1 4`,
      `${branch}/sequential/layers/conv2d | branch/mix/conv | vars/0 1x1x4x6 | vars/1 6`,
      "layers/sequential/layers/batch_normalization | features/bn | vars/0 4 | vars/1 4 | vars/2 4 | vars/3 4",
      "layers/sequential/layers/conv2d | features/conv | vars/0 3x3x3x4 | vars/1 4",
    ]);
    file.close();
  });

  test("before Keras 3.6 only the classes are known", async () => {
    const file = await openKeras3H5(await fixture("functional-3.0.weights.h5"));
    const names = file.layers.map((layer) => [layer.name, layer.ownName]);
    expect(names).toContainEqual(["layers/dense", "dense"]);
    expect(names).toContainEqual(["layers/functional/layers/sequential/layers/conv2d", "functional/sequential/conv2d"]);
    file.close();
  });

  test("tf.keras 2.13: another container, and numbers that go by two", async () => {
    const file = await openKeras3H5(await fixture("tf-2.13.weights.h5"));
    const names = file.layers.map((layer) => layer.name.replaceAll("_layer_checkpoint_dependencies", "*"));
    expect(names.toSorted()).toEqual([
      "*/batch_normalization",
      "*/batch_normalization_2",
      "*/conv2d",
      "*/conv2d_2",
      "*/dense",
      "*/dense_2",
      "*/functional/*/depthwise_conv2d",
      "*/functional/*/sequential/*/conv2d",
      "*/sequential/*/batch_normalization",
      "*/sequential/*/conv2d",
    ]);
    file.close();
  });

  test("tf.keras on Windows: backslashes are steps", async () => {
    const [windows, plain] = [
      await openKeras3H5(await fixture("tf-windows.weights.h5")),
      await openKeras3H5(await fixture("tf.weights.h5")),
    ];
    expect(outline(windows).toSorted()).toEqual(outline(plain).toSorted());
    const read = (file: ModelFile) => file.layers.find((layer) => layer.name === "layers/dense_1")?.weights[0]?.read();
    expect(read(windows)).toEqual(read(plain));
    windows.close();
    plain.close();
  });

  test("told from the older files by its content", async () => {
    const kinds = ["keras3/tf.weights.h5", "weights/weights.h5", "weights/model.h5"].map(async (name) => {
      const file = await openModelFile(bytesSource(await readFixture(`fixtures/${name}`), name));
      file.close();
      return `${file.format} ${file.naming}`;
    });
    expect(await Promise.all(kinds)).toEqual(["keras-weights-h5 class", "keras-h5 layer", "keras-h5 layer"]);
  });

  test("rows and bytes of one weight", async () => {
    const file = await openKeras3H5(await fixture("tf.weights.h5"));
    const kernel = file.layers.find((layer) => layer.name === "layers/dense")?.weights[0];
    expect(kernel?.sizeBytes).toBe(144);
    expect(kernel?.readRows(2, 3)).toEqual(kernel?.read().slice(12, 30));
    file.close();
  });
});

describe("refusing", () => {
  test.each([
    ["cycle", /lies deeper than a model nests its layers|over \d+ groups/],
    ["fan", /lies deeper than a model nests its layers/],
    ["many", /over \d+ weights: that is no weights file/],
    ["wide", /over \d+ groups: that is no weights file/],
    ["soft", /is a soft link to "\/elsewhere"/],
    ["external", /is an external link to the file "\/etc\/passwd"/],
    ["text", /holds no plain numbers/],
  ])("hostile-%s", async (name, pattern) => {
    const started = performance.now();
    const error = await openKeras3H5(await fixture(`hostile-${name}.weights.h5`)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(String(error)).toMatch(pattern);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("other HDF5 files are named", async () => {
    const other = bytesSource(await readFixture("fixtures/weights/not-keras.h5"), "not-keras.h5");
    await expect(openKeras3H5(other)).rejects.toThrow(/no .weights.h5 file of Keras 3: .* \(it holds: x\)/);
    await expect(openKerasH5(await fixture("tf.weights.h5"))).rejects.toThrow(/no attribute "layer_names"/);
  });

  test("damaged copies give an error or a file, never anything else", async () => {
    const good = await readFixture("fixtures/keras3/functional.weights.h5");
    let random = 7;
    const next = (limit: number): number => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return random % limit;
    };
    let refused = 0;
    for (let round = 0; round < 60; round++) {
      const bytes = good.slice();
      for (let i = 0; i < 1 + next(30); i++) bytes[next(bytes.length)] = next(256);
      refused += await tryAll(bytes);
    }
    expect(refused).toBeGreaterThan(5);
    expect(await tryAll(good)).toBe(0);
  });
});

/** 1 when opening or reading was refused, 0 when all went well. */
const tryAll = (bytes: Uint8Array) => readAll(() => openKeras3H5(bytesSource(bytes, "damaged.weights.h5")));
