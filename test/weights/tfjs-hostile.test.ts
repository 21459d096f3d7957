import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openTfjs } from "../../weights/tfjs.ts";
import { readFixture } from "../support/fixture.ts";
import { onlyShard, openText, weight } from "./tfjs-support.ts";

describe("refusing", () => {
  const empty = onlyShard(new Uint8Array(8));
  const two = [weight("a/kernel", [2])];
  const cases: [string, Parameters<typeof openText>[0], RegExp][] = [
    [
      "a graph model",
      { format: "graph-model", modelTopology: { node: [] }, weights: two },
      /graph model of TensorFlow/,
    ],
    ["one that does not say so", { modelTopology: { node: [] }, weights: two }, /input_format keras/],
    ["no architecture", { modelTopology: { a: 1 }, weights: two }, /neither "model_config" nor "class_name"/],
    ["a topology that is a number", { modelTopology: 3, weights: two }, /modelTopology is 3; an object is wanted/],
    [
      "a shape that takes more",
      { weights: [weight("a/kernel", [3])] },
      /take 12 bytes, but g.bin \(8 bytes\) has 8\. A/,
    ],
    ["a shape that takes less", { weights: [weight("a/kernel", [1])] }, /has 8\. Something was added to a shard/],
    ["a huge shape", { weights: [weight("a/kernel", [2 ** 40, 2 ** 40])] }, /which no file can hold/],
    ["a large shape", { weights: [weight("a/kernel", [2 ** 40])] }, /take 4398046511104 bytes/],
    ["a negative size", { weights: [weight("a/kernel", [-2])] }, /weights\[0\]\.shape is \[-2\]/],
    ["a fraction of a size", { weights: [weight("a/kernel", [1.5])] }, /weights\[0\]\.shape is \[1\.5\]/],
    ["a string type", { weights: [weight("a/kernel", [2], "string")] }, /dtype is "string".*known are float32/],
    ["a type of Object", { weights: [weight("a/kernel", [2], "constructor")] }, /dtype is "constructor"/],
    ["a nameless weight", { weights: [weight("", [2])] }, /weights\[0\]\.name is ""/],
    ["a weight twice", { weights: [weight("a/b", [1]), weight("a/b", [1])] }, /lists two weights named "a\/b"/],
    ["a shard twice", { paths: ["g.bin", "./g.bin"], weights: two }, /lists the shard "g.bin" twice/],
    ["no shards", { paths: [], weights: two }, /but no shard have 0/],
    ["paths that are no list", { paths: "g.bin", weights: two }, /weightsManifest\[0\]\.paths is "g.bin"; a list/],
    ["5,000 shards", { paths: Array.from({ length: 5000 }, (_, i) => `${i}`), weights: two }, /at most 4096/],
    ["a path that is a number", { paths: [7], weights: two }, /the shard 7, which is no file name/],
    ["an empty path", { paths: [""], weights: two }, /is no file name/],
    ["a way out", { paths: ["../g.bin"], weights: two }, /leads out of the folder/],
    ["a way out, further down", { paths: ["a/../../g.bin"], weights: two }, /leads out of the folder/],
    ["an absolute path", { paths: ["/etc/passwd"], weights: two }, /is an absolute path/],
    ["a Windows path", { paths: ["C:\\g.bin"], weights: two }, /has a character with a special meaning/],
    ["a URL", { paths: ["https://example.org/g.bin"], weights: two }, /has a character with a special meaning/],
    ["an encoded way out", { paths: ["%2e%2e/g.bin"], weights: two }, /has a character with a special meaning/],
    ["a double slash", { paths: ["a//g.bin"], weights: two }, /is no plain path/],
  ];

  test.each(cases)("%s", async (_, parts, message) => {
    const error = await openText(parts, empty).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(String(error)).toMatch(message);
  });

  test.each([
    [{ dtype: "uint8", scale: 1 }, /has the scale 1 and the min missing/],
    [{ dtype: "uint16", scale: "1", min: 0 }, /has the scale "1"/],
    [{ dtype: "uint8", scale: 1e38, min: 0 }, /finite numbers are wanted/],
    [{ dtype: "int4", scale: 1, min: 0 }, /quantization\.dtype is "int4"; known are uint8, uint16 and float16/],
    [7, /quantization is 7; an object is wanted/],
  ])("the quantization %j", async (quantization, message) => {
    const opening = openText({ weights: [{ ...weight("a/kernel", [2]), quantization }] }, empty);
    await expect(opening).rejects.toThrow(message);
  });

  test.each([
    ["float16", "int32", /only float32 can be/],
    ["uint8", "bool", /only float32 and int32 can be/],
  ])("%s of %s", async (dtype, of, message) => {
    const quantization = { dtype, scale: 1, min: 0 };
    const opening = openText({ weights: [{ ...weight("a/kernel", [2], of), quantization }] }, empty);
    await expect(opening).rejects.toThrow(message);
  });

  test.each([
    ["", /an empty file/],
    ["{", /is not JSON/],
    ['{"modelTopology": null, "modelTopology": null}', /gives the key "modelTopology" twice/],
    ["[]", /has neither "modelTopology" nor "weightsManifest"/],
    ['{"class_name": "Sequential"}', /has neither "modelTopology" nor "weightsManifest"/],
    ["\u0089HDF\r\n\u001a\n", /is not the model.json of TensorFlow.js/],
  ])("the text %j", async (text, message) => {
    const opening = openTfjs(bytesSource(new TextEncoder().encode(text), "model.json"), empty);
    await expect(opening).rejects.toThrow(WeightsFormatError);
    await expect(openTfjs(bytesSource(new TextEncoder().encode(text), "model.json"), empty)).rejects.toThrow(message);
  });

  test("when one shard fails, those already open are closed and no more are opened", async () => {
    const closed: string[] = [];
    const asked: string[] = [];
    const paths = Array.from({ length: 40 }, (_, i) => `${i}.bin`);
    const opening = openText({ paths, weights: two }, async (path) => {
      asked.push(path);
      if (path === "7.bin") throw new WeightsFormatError("7.bin is not there.");
      return { ...bytesSource(new Uint8Array(0), path), close: () => closed.push(path) };
    });
    await expect(opening).rejects.toThrow(/7\.bin is not there/);
    expect(asked.length).toBeLessThan(20);
    expect(new Set(closed)).toEqual(new Set(asked.filter((path) => path !== "7.bin")));
  });

  test("a damaged copy is refused or read, never a crash", async () => {
    const text = new TextDecoder().decode(await readFixture("fixtures/tfjs/uint8/model.json"));
    const folder = "fixtures/tfjs/uint8";
    const shards = new Map<string, Uint8Array>();
    for (const i of [1, 2])
      shards.set(`group1-shard${i}of2.bin`, await readFixture(`${folder}/group1-shard${i}of2.bin`));
    const start = text.indexOf('"weightsManifest"');
    let refused = 0;
    let random = 4711;
    const next = (limit: number): number => {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      return random % limit;
    };
    for (let round = 0; round < 300; round++) {
      const at = start + next(text.length - start);
      const mutant = `${text.slice(0, at)}${'0123456789-.e[]{}":,/'.charAt(next(20))}${text.slice(at + next(2))}`;
      refused += await tryAll(mutant, shards);
    }
    expect(refused).toBeGreaterThan(100);
    expect(await tryAll(text, shards)).toBe(0);
  });
});

/** 1 when refused in the right way, 0 when read. */
async function tryAll(text: string, shards: ReadonlyMap<string, Uint8Array>): Promise<number> {
  try {
    const file = await openTfjs(bytesSource(new TextEncoder().encode(text), "model.json"), async (path) => {
      const bytes = shards.get(path);
      if (bytes) return bytesSource(bytes, path);
      throw new WeightsFormatError(`${path} is not there`);
    });
    for (const stored of file.layers.flatMap((layer) => layer.weights)) stored.read();
    file.close();
    return 0;
  } catch (error) {
    expect(error).toBeInstanceOf(WeightsFormatError);
    return 1;
  }
}
