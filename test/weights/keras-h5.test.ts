import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openKerasH5 } from "../../weights/keras-h5.ts";
import type { ModelFile } from "../../weights/model-file.ts";
import { readFixture } from "../support/fixture.ts";
import { readAll } from "./damaged.ts";
import { expectedValues } from "./expected.ts";

async function open(name: string): Promise<ModelFile> {
  return await openKerasH5(bytesSource(await readFixture(`fixtures/weights/${name}`), name));
}

function outline(file: ModelFile): string[] {
  return file.layers.map(({ name, weights }) =>
    [name, ...weights.map((weight) => `${weight.name} ${weight.shape.join("x")}`)].join(" | "),
  );
}

const tiny = [
  "input_1",
  "conv1 | conv1/kernel:0 3x3x2x4 | conv1/bias:0 4",
  "bn_1 | bn_1/gamma:0 4 | bn_1/beta:0 4 | bn_1/moving_mean:0 4 | bn_1/moving_variance:0 4",
  "flatten",
  "fc | fc/kernel:0 100x5 | fc/bias:0 5",
];

describe("reading", () => {
  test.each(["weights.h5", "split.h5", "strings.h5", "latest.h5", "user-block.h5", "weights-f16.h5"])(
    "%s: layers and weights in the file's order",
    async (name) => {
      const file = await open(name);
      expect(file.config).toBeUndefined();
      expect(outline(file)).toEqual(tiny);
      expect(file.backend).toBe("tensorflow");
      file.close();
    },
  );

  test.each(["model.h5", "model-gzip.h5"])("%s: a whole model with its configuration", async (name) => {
    const file = await open(name);
    expect([file.format, file.naming]).toEqual(["keras-h5", "layer"]);
    expect(file.config).toEqual({ class_name: "Functional", config: { name: "tiny", layers: [] } });
    expect(file.kerasVersion).toBe("2.2.4");
    expect(outline(file)).toEqual(tiny);
    file.close();
  });

  test("every weight has its own values, whole and by rows", async () => {
    const file = await open("model.h5");
    const all = file.layers.flatMap((layer) => layer.weights);
    expect(all).toHaveLength(8);
    for (const [start, weight] of all.entries()) {
      const count = weight.shape.reduce((a, b) => a * b, 1);
      const want = expectedValues(count, start);
      expect(weight.read()).toEqual(want);
      expect(weight.readRows(1, 2)).toEqual(
        want.slice(count / (weight.shape[0] ?? 1)).slice(0, (count / (weight.shape[0] ?? 1)) * 2),
      );
      expect(weight.sizeBytes).toBe(count * 4);
    }
    file.close();
  });

  test("the names of VGG16's file, which has no keras_version", async () => {
    const file = await open("vgg-style.h5");
    expect(file.kerasVersion).toBeUndefined();
    expect(outline(file)).toEqual(["block1_conv1 | block1_conv1_W_1:0 3x3x3x2 | block1_conv1_b_1:0 2", "block1_pool"]);
    file.close();
  });

  test("a file of Keras 1 in Theano's order, as it is stored", async () => {
    const file = await open("keras1-theano.h5");
    expect([file.kerasVersion, file.backend]).toEqual([undefined, undefined]);
    expect(outline(file)).toEqual(["c | c_W 4x1x3x3 | c_b 4"]);
    file.close();
  });

  test("weights that belong to the model itself", async () => {
    const file = await open("top-level.h5");
    expect(outline(file)).toEqual([...tiny, "top_level_model_weights | scale:0 3"]);
    file.close();
  });
});

describe("refusing", () => {
  test.each([
    ["keras3.weights.h5", /has no attribute "layer_names" \(it holds: layers/],
    ["keras1-old.h5", /"nb_layers" counts "layer_0", but \/layer_0 is no group of the file/],
    ["not-keras.h5", /not one of Keras: \/ has no attribute "layer_names" \(it holds: x\)/],
    ["bad-config.h5", /"model_config" is not JSON/],
    ["hostile-missing.h5", /layer "fc" lists the weight "fc\/kernel:0", but \/fc\/fc\/kernel:0 is no data set/],
    ["hostile-cycle.h5", /is no data set/],
    ["hostile-external-link.h5", /external link to the file/],
    ["hostile-soft-link.h5", /soft link/],
    ["hostile-soft-group.h5", /soft link/],
    ["hostile-virtual.h5", /virtual data set/],
    ["hostile-huge-contiguous.h5", /more|the whole file has/],
    ["hostile-huge-chunked.h5", /more than 1000 times/],
    ["hostile-compound.h5", /no plain numbers/],
  ])("%s", async (name, message) => {
    const error = await open(name).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(String(error)).toMatch(message);
  });
});

describe("damage", () => {
  test("hundreds of damaged copies give an error or a file, never a crash, and leave the reader well", async () => {
    const good = await readFixture("fixtures/weights/model-gzip.h5");
    let refused = 0;
    let random = 12345;
    const next = (limit: number): number => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return random % limit;
    };
    for (let round = 0; round < 400; round++) {
      const bytes = good.slice();
      for (let i = 0; i < 1 + next(8); i++) bytes[next(bytes.length)] = next(256);
      refused += await tryAll(bytes);
    }
    expect(refused).toBeGreaterThan(50);
    expect(await tryAll(good)).toBe(0);
  });

  test("cut at any length", async () => {
    const good = await readFixture("fixtures/weights/weights.h5");
    for (let length = 0; length < good.length; length += 397) {
      expect(await tryAll(good.slice(0, length))).toBe(1);
    }
  });
});

/** 1 when opening or reading was refused, 0 when all went well. */
const tryAll = (bytes: Uint8Array) => readAll(() => openKerasH5(bytesSource(bytes, "damaged.h5")));
