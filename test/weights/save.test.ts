import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BacklightError, ShapeError, WeightsFormatError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { type ByteSource, bytesSource } from "../../weights/byte-source.ts";
import { loadModel, loadWeights } from "../../weights/load.ts";
import { floatToHalf, halfToFloat } from "../../weights/number-format.ts";
import { openModelFile } from "../../weights/open.ts";
import { type SaveOptions, saveFormats, saveModel, saveModelTo } from "../../weights/save.ts";
import { balanced } from "../nn/support.ts";
import { readFixture } from "../support/fixture.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create();
});
afterAll(() => engine.dispose());

const fixtures = ["lenet-mnist", "residual", "separable", "xception-like"];

async function fixture(name: string): Promise<Model> {
  return await loadModel(engine, bytesSource(await readFixture(`fixtures/models/${name}.h5`), name));
}

async function saved(model: Model, options: SaveOptions): Promise<ByteSource> {
  return bytesSource(await (await saveModel(model, options)).arrayBuffer(), `saved.${options.format}`);
}

/** From the file itself, and for weights alone into a model of the same architecture. */
async function reloaded(model: Model, options: SaveOptions): Promise<Model> {
  const file = await saved(model, options);
  if (options.format !== "weights.h5") return await loadModel(engine, file);
  const other = Model.fromConfig(engine, model.config);
  await loadWeights(other, file);
  other.assertLoaded();
  return other;
}

const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Place of the first element that differs, -1 where all are equal. Comparing long lists by toEqual takes seconds. */
function firstDifference(a: Uint32Array, b: Uint32Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((value, i) => value !== b[i]);
}

async function expectSame(
  got: Model,
  want: Model,
  change: (value: number) => number = (value) => value,
): Promise<void> {
  expect(got.weightSlots()).toEqual(want.weightSlots());
  const compared = want.weightSlots().map(async ({ layer, name }) => {
    const [wanted, found] = await Promise.all([want.readWeight(layer, name), got.readWeight(layer, name)]);
    expect(firstDifference(bitsOf(found), bitsOf(wanted.map(change))), `${layer}/${name}`).toBe(-1);
  });
  await Promise.all(compared);
}

/** Two convolutions in a model in a model, a frozen one, and two layers of one name in different models. */
const nestedConfig = (() => {
  const conv = (name: string, more: object = {}) => ({
    class_name: "Conv2D",
    config: { name, filters: 2, kernel_size: [1, 1], ...more },
  });
  const norm = { class_name: "BatchNormalization", config: { name: "norm" } };
  const model = (name: string, layers: object[]) => ({ class_name: "Sequential", config: { name, layers } });
  const input = { class_name: "InputLayer", config: { name: "image", batch_input_shape: [null, 4, 4, 2] } };
  const inner = model("inner", [{ ...input }, conv("conv"), norm, conv("last", { trainable: false })]);
  const outer = model("outer", [{ ...input }, conv("conv"), inner, conv("more")]);
  return model("whole", [{ ...input }, conv("conv"), outer, conv("head", { use_bias: false })]);
})();

function filled(config: unknown): Model {
  const model = Model.fromConfig(engine, config);
  for (const [i, { layer, name, shape }] of model.weightSlots().entries()) {
    const size = shape.reduce((all, extent) => all * extent, 1);
    model.setWeight(
      layer,
      name,
      Float32Array.from({ length: size }, (_, at) => i + (at + 1) / 997),
    );
  }
  return model;
}

describe("a model saved and loaded", () => {
  it.each(fixtures.flatMap((name) => saveFormats.map((format) => ({ name, format }))))(
    "$name as $format: every weight bit for bit, and the same config",
    ({ name, format }) =>
      balanced(engine, async () => {
        using model = await fixture(name);
        using again = await reloaded(model, { format });
        await expectSame(again, model);
        expect(again.config).toEqual(model.config);
      }),
  );

  it.each(saveFormats)("float16 as %s: every weight to the nearest, ties to even", (format) =>
    balanced(engine, async () => {
      using model = await fixture("separable");
      using again = await reloaded(model, { format, dtype: "float16" });
      await expectSame(again, model, (value) => halfToFloat(floatToHalf(value)));
    }),
  );

  it.each(saveFormats)("nested models as %s", (format) =>
    balanced(engine, async () => {
      using model = filled(nestedConfig);
      using again = await reloaded(model, { format });
      await expectSame(again, model);
    }),
  );

  it("is the same file when it is saved again", () =>
    balanced(engine, async () => {
      using model = await fixture("residual");
      for (const format of ["safetensors", "h5"] as const) {
        const first = await saved(model, { format });
        using again = await reloaded(model, { format });
        const second = await saved(again, { format });
        expect(second.size).toBe(first.size);
        const [before, after] = [first.read(0, first.size), second.read(0, second.size)];
        expect(after.findIndex((byte, i) => byte !== before[i])).toBe(-1);
      }
    }));

  it("keeps preprocessing and class names in a safetensors file", () =>
    balanced(engine, async () => {
      using model = await fixture("lenet-mnist");
      for (const preprocessing of ["caffe", { mean: [1], std: [2], method: "bilinear" }]) {
        model.preprocessing = preprocessing;
        model.classNames = ["zero", 'a "quoted" one', "zwölf"];
        using again = await reloaded(model, { format: "safetensors" });
        expect(again.preprocessing).toEqual(preprocessing);
        expect(again.classNames).toEqual(model.classNames);
      }
    }));

  it("keeps a count of images whole in float16", () =>
    balanced(engine, async () => {
      const input = { class_name: "InputLayer", config: { name: "image", batch_input_shape: [null, 4, 4, 2] } };
      const layers = [input, { class_name: "Normalization", config: { name: "n", axis: [-1] } }];
      using model = filled({ class_name: "Sequential", config: { name: "m", layers } });
      model.setWeight("n", "count", Float32Array.of(1_000_000));
      for (const format of saveFormats) {
        using again = await reloaded(model, { format, dtype: "float16" });
        expect([...(await again.readWeight("n", "count"))]).toEqual([1_000_000]);
      }
    }));
});

describe("the files", () => {
  it("name layers and weights as Keras does", () =>
    balanced(engine, async () => {
      using model = filled(nestedConfig);
      const whole = await openModelFile(await saved(model, { format: "h5" }));
      expect([whole.format, whole.backend, whole.kerasVersion]).toEqual(["keras-h5", "tensorflow", "2.15.0"]);
      const outer = whole.layers.find(({ name }) => name === "outer")?.weights.map(({ name }) => name);
      // what is not trained stands behind all that is
      expect(outer).toEqual([
        "conv/kernel:0",
        "conv/bias:0",
        "inner/conv/kernel:0",
        "inner/conv/bias:0",
        "inner/norm/gamma:0",
        "inner/norm/beta:0",
        "more/kernel:0",
        "more/bias:0",
        "inner/norm/moving_mean:0",
        "inner/norm/moving_variance:0",
        "inner/last/kernel:0",
        "inner/last/bias:0",
      ]);
      whole.close();
      const weights = await openModelFile(await saved(model, { format: "weights.h5" }));
      expect(weights.layers.map(({ name }) => name).toSorted()).toEqual([
        "layers/conv2d",
        "layers/conv2d_1",
        "layers/sequential/layers/conv2d",
        "layers/sequential/layers/conv2d_1",
        "layers/sequential/layers/sequential/layers/batch_normalization",
        "layers/sequential/layers/sequential/layers/conv2d",
        "layers/sequential/layers/sequential/layers/conv2d_1",
      ]);
      weights.close();
    }));

  it("say of themselves what they are: safetensors", () =>
    balanced(engine, async () => {
      using model = await fixture("lenet-mnist");
      const file = await openModelFile(await saved(model, { format: "safetensors" }));
      const { config, ...said } = file.metadata ?? {};
      expect(said).toEqual({ format: "backlight", version: "1" });
      expect(JSON.parse(config ?? "")).toEqual(model.config);
      file.close();
    }));

  it("come in pieces, however large a weight is", () =>
    balanced(engine, async () => {
      using large = await Engine.create({ maxBindingBytes: 2 ** 20 });
      const input = { class_name: "InputLayer", config: { name: "image", batch_input_shape: [null, 1500] } };
      const dense = { class_name: "Dense", config: { name: "fc", units: 1500 } };
      const config = { class_name: "Sequential", config: { name: "m", layers: [input, dense] } };
      const model = Model.fromConfig(large, config);
      const kernel = Float32Array.from({ length: 1500 * 1500 }, (_, i) => i);
      model.setWeight("fc", "kernel", kernel);
      model.setWeight("fc", "bias", new Float32Array(1500).fill(3));
      const pieces: Uint8Array[] = [];
      const seen: number[] = [];
      await saveModelTo(
        model,
        { write: (bytes) => void pieces.push(bytes) },
        { format: "safetensors", onProgress: (done, total) => seen.push(done / total) },
      );
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(4 * 2 ** 20);
      expect(pieces.length).toBeGreaterThan(3);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBe(1);
      const file = await openModelFile(bytesSource(await new Blob(pieces as BlobPart[]).arrayBuffer(), "m"));
      const stored = file.layers.flatMap(({ weights }) => weights).find(({ name }) => name === "kernel");
      expect(stored?.read().every((value, i) => value === i)).toBe(true);
      file.close();
    }));
});

describe("is refused", () => {
  it("a model whose weights were never set", () =>
    balanced(engine, async () => {
      using model = Model.fromConfig(engine, nestedConfig);
      await expect(saveModel(model, { format: "h5" })).rejects.toThrow(WeightsFormatError);
      await expect(model.readWeight("head", "kernel")).rejects.toThrow(/head\/kernel/);
    }));

  it("a number that float16 does not have", () =>
    balanced(engine, async () => {
      using model = filled(nestedConfig);
      model.setWeight("head", "kernel", Float32Array.of(1, 65519, 65520, 1));
      await expect(saveModel(model, { format: "h5", dtype: "float16" })).rejects.toThrow(
        'kernel of layer "head" holds 65520, and float16 ends at 65504: save this model in float32.',
      );
    }));

  it("an unknown format", () =>
    balanced(engine, async () => {
      using model = filled(nestedConfig);
      const options = { format: "safetensor" } as unknown as SaveOptions;
      await expect(saveModel(model, options)).rejects.toThrow(BacklightError);
      await expect(saveModel(model, options)).rejects.toThrow(/did you mean "safetensors"/i);
    }));

  it("a row that a weight does not have", () =>
    balanced(engine, async () => {
      using model = filled(nestedConfig);
      const two = await model.readWeight("head", "kernel", { start: 0, count: 1 });
      expect(two).toHaveLength(4);
      await expect(model.readWeight("head", "kernel", { start: 1, count: 1 })).rejects.toThrow(ShapeError);
      await expect(model.readWeight("head", "kernel", { start: -1 })).rejects.toThrow(ShapeError);
    }));
});
