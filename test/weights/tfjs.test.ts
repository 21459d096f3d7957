import { describe, expect, test } from "vitest";
import { bytesSource } from "../../weights/byte-source.ts";
import type { ModelFile } from "../../weights/model-file.ts";
import { isTfjsJson, openTfjs } from "../../weights/tfjs.ts";
import { fractions } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";
import { loaded, onlyShard, openText, weight } from "./tfjs-support.ts";

interface Expected {
  readonly names: readonly string[];
  readonly output: readonly number[];
  readonly firstWeight: { readonly name: string; readonly values: readonly number[] };
}

async function openFixture(name: string): Promise<ModelFile> {
  const folder = `fixtures/tfjs/${name}`;
  const source = bytesSource(await readFixture(`${folder}/model.json`), `${name}/model.json`);
  return await openTfjs(source, async (path) => bytesSource(await readFixture(`${folder}/${path}`), path));
}

describe("what Keras and TensorFlow.js wrote", () => {
  const gpu = useEngine();

  async function predictionError(name: string, want: readonly number[]): Promise<number> {
    const { engine } = gpu;
    const file = await openFixture(name);
    using model = loaded(engine, file);
    file.close();
    const [, ...shape] = model.inputShape.map((extent) => extent ?? 1);
    using x = engine.tensor(fractions([2, ...shape], 37, 11), [2, ...shape]);
    using y = model.forward(x);
    const got = await y.read();
    expect(got).toHaveLength(want.length);
    return Math.max(...want.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN))));
  }

  test.each(["shards", "float16", "uint8", "uint16", "groups", "nested", "keras3-h5", "keras3"])(
    "%s: predicts what Keras predicts with the same weights",
    async (name) => {
      const all = await readJsonFixture<Record<string, Expected>>("fixtures/tfjs/expected.json");
      expect(await predictionError(name, all[name]?.output ?? [])).toBeLessThan(2e-6);
    },
  );

  test("a model that TensorFlow.js itself built, trained and saved", async () => {
    const { output } = await readJsonFixture<{ output: number[] }>("fixtures/tfjs/native/expected.json");
    expect(await predictionError("native", output)).toBeLessThan(2e-6);
  });
});

describe("the file", () => {
  test.each(["shards", "float16", "uint8", "uint16", "groups", "nested", "keras3-h5", "keras3"])(
    "%s: names in the file's order, values to the last bit",
    async (name) => {
      const { [name]: want } = await readJsonFixture<Record<string, Expected>>("fixtures/tfjs/expected.json");
      const file = await openFixture(name);
      const weights = file.layers.flatMap((layer) => layer.weights);
      expect(new Set(weights.map(({ name }) => name))).toEqual(new Set(want?.names));
      const first = weights.find((candidate) => candidate.name === want?.firstWeight.name);
      expect(Array.from(first?.read().slice(0, 16) ?? [])).toEqual(want?.firstWeight.values);
      expect(file).toMatchObject({ format: "tfjs", naming: "layer", backend: "tensorflow" });
      expect(file.kerasVersion).toMatch(name.startsWith("keras3") ? /^3\./ : /^2\./);
      file.close();
    },
  );

  test.each(["shards", "float16", "uint8", "uint16"])("%s: rows are what the whole weight has there", async (name) => {
    const file = await openFixture(name);
    for (const stored of file.layers.flatMap((layer) => layer.weights)) {
      const [rows = 1] = stored.shape;
      const whole = stored.read();
      const each = Array.from({ length: rows }, (_, row) => Array.from(stored.readRows(row, 1)));
      expect(each.flat()).toEqual(Array.from(whole));
      expect(() => stored.readRows(rows, 1)).toThrow(/rows; 1 from/);
    }
    file.close();
  });

  test("nothing of a shard is read before a weight is asked for, nor after close()", async () => {
    const reads: string[] = [];
    const file = await openText({ weights: [weight("a/kernel", [2]), weight("b/kernel", [1])] }, async (path) => {
      const source = bytesSource(new Uint8Array(12), path);
      const read = (at: number, length: number) => {
        reads.push(`${at}+${length}`);
        return source.read(at, length);
      };
      return { ...source, read };
    });
    expect(reads).toEqual([]);
    file.layers[1]?.weights[0]?.read();
    expect(reads).toEqual(["8+4"]);
    file.close();
    expect(() => file.layers[0]?.weights[0]?.read()).toThrow(/read after close/);
  });

  test("the types that a weight may have", async () => {
    const bytes = Uint8Array.from([0, 0, 0x80, 0x3f, 0, 0x3c, 254, 255, 255, 255, 7, 1, 0, 2, 1]);
    const weights = [
      weight("a/float32", [1]),
      weight("a/float16", [1], "float16"),
      weight("a/int32", [], "int32"),
      weight("a/uint8", [1], "uint8"),
      weight("a/bool", [2], "bool"),
      weight("a/uint16", [1], "uint16"),
    ];
    const file = await openText({ weights }, onlyShard(bytes));
    const values = file.layers[0]?.weights.map((stored) => Array.from(stored.read()));
    expect(values).toEqual([[1], [1], [-2], [7], [1, 0], [258]]);
  });

  test("a quantised int32 is rounded, a quantised float is code * scale + min", async () => {
    const quantization = { dtype: "uint8", scale: 0.3, min: -1 };
    const weights = [
      { ...weight("a/i", [2], "int32"), quantization },
      { ...weight("a/f", [2]), quantization },
    ];
    const file = await openText({ weights }, onlyShard(Uint8Array.of(0, 6, 0, 6)));
    const [i, f] = file.layers[0]?.weights ?? [];
    expect(Array.from(i?.read() ?? [])).toEqual([-1, 1]);
    expect(Array.from(f?.read() ?? [])).toEqual([-1, Math.fround(0.8)]);
    expect(f?.dtype).toBe("float32 as uint8");
    expect(f?.sizeBytes).toBe(2);
  });

  test("an optimizer's state takes bytes, but is no weight", async () => {
    const weights = [{ ...weight("iter", [], "int32"), group: "optimizer" }, weight("a/kernel", [1])];
    const file = await openText({ weights }, onlyShard(Uint8Array.of(9, 9, 9, 9, 0, 0, 0, 0x40)));
    expect(file.layers.map((layer) => layer.name)).toEqual(["a"]);
    expect(Array.from(file.layers[0]?.weights[0]?.read() ?? [])).toEqual([2]);
  });

  test("the topology may be the config itself, JSON inside JSON, or missing", async () => {
    const config = { class_name: "Sequential", config: { name: "s", layers: [] } };
    const open = (modelTopology: unknown) => openText({ modelTopology, weights: [] }, onlyShard(new Uint8Array(0)));
    expect((await open(config)).config).toEqual(config);
    expect((await open({ model_config: JSON.stringify(config) })).config).toEqual(config);
    expect((await open(JSON.stringify({ model_config: config }))).config).toEqual(config);
    expect((await open(null)).config).toBeUndefined();
  });

  test("what is a TensorFlow.js model", () => {
    expect(isTfjsJson({ modelTopology: {}, weightsManifest: [] })).toBe(true);
    expect(isTfjsJson({ class_name: "Sequential", config: [] })).toBe(false);
    expect(isTfjsJson([{ paths: [] }])).toBe(false);
  });
});
