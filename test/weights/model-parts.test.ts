// What is opened and refused: the source is closed once, and the message names the file.
import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { type ByteSource, bytesSource } from "../../weights/byte-source.ts";
import { loadModel } from "../../weights/load.ts";
import { openModelParts } from "../../weights/model-parts.ts";
import { writeSafetensors } from "../../weights/safetensors-write.ts";
import { useEngine } from "../support/engine.ts";

const host = useEngine();
const utf8 = new TextEncoder();

interface Counted {
  readonly source: ByteSource;
  closes: number;
}

function counted(bytes: Uint8Array, name = "given.bin"): Counted {
  const inner = bytesSource(bytes, name);
  const result: Counted = {
    closes: 0,
    source: {
      ...inner,
      close() {
        result.closes++;
        inner.close();
      },
    },
  };
  return result;
}

const sequential = utf8.encode('{"class_name": "Sequential", "config": {"name": "m", "layers": 3}}');
const noWeights = writeSafetensors([], {}, { dtype: "F32" });

describe("a source that is refused is closed once", () => {
  const refused: [string, Uint8Array][] = [
    ["nothing", new Uint8Array(0)],
    ["an unknown kind", Uint8Array.of(1, 2, 3)],
    ["an architecture alone", sequential],
    ["a model.json that was cut", utf8.encode('{"modelTopology": {')],
    ["a model.json alone", utf8.encode('{"modelTopology": {}, "weightsManifest": []}')],
    ["a zip archive that was cut", utf8.encode("PK\u0003\u0004 and no more")],
    ["safetensors whose header is none", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 123, 33)],
    ["HDF5 that was cut", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10)],
  ];
  test.each(refused)("%s", async (_, bytes) => {
    const given = counted(bytes);
    await expect(openModelParts(given.source)).rejects.toThrow(WeightsFormatError);
    expect(given.closes).toBe(1);
  });

  test.each(refused)("%s, as the weights beside an architecture", async (_, bytes) => {
    const [model, weights] = [counted(sequential), counted(bytes)];
    await expect(openModelParts(model.source, weights.source)).rejects.toThrow(WeightsFormatError);
    expect([model.closes, weights.closes]).toEqual([1, 1]);
  });

  test("one that cannot be read", async () => {
    const given = counted(noWeights);
    const fail = () => {
      throw new WeightsFormatError("given.bin became shorter");
    };
    await expect(openModelParts({ ...given.source, read: fail })).rejects.toThrow("became shorter");
    expect(given.closes).toBe(1);
  });
});

test("an architecture in a model.json is read without its shards", async () => {
  const topology = { class_name: "Sequential", config: { name: "m", layers: [] } };
  const manifest = [{ paths: ["gone.bin"], weights: [{ name: "a/kernel", shape: [2], dtype: "float32" }] }];
  const model = counted(utf8.encode(JSON.stringify({ modelTopology: topology, weightsManifest: manifest })));
  const { config, file } = await openModelParts(model.source, bytesSource(noWeights, "w.safetensors"));
  file.close();
  expect(config).toEqual(topology);
  expect(model.closes).toBe(1);
});

test("what is wrong in a config is said with the name of its file", async () => {
  const [model, weights] = [counted(sequential, "arch.json"), counted(noWeights)];
  const error = loadModel(host.engine, model.source, { weights: weights.source });
  await expect(error).rejects.toThrow(/^arch\.json: model config: model\.config\.layers is 3; a list is wanted/);
  expect([model.closes, weights.closes]).toEqual([1, 1]);
});
