import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BacklightError } from "../../src/errors.ts";
import type { Model } from "../../src/nn/model.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { loadModel } from "../../weights/load.ts";
import { floatToHalf, halfToFloat } from "../../weights/number-format.ts";
import { FileSink, formatOfPath, saveModelFile } from "../../weights/save.host.ts";
import { saveModel } from "../../weights/save.ts";
import { readFixture } from "../support/fixture.ts";

let engine: Engine;
let model: Model;
let folder: string;
beforeAll(async () => {
  engine = await Engine.create();
  model = await loadModel(engine, bytesSource(await readFixture("fixtures/models/lenet-mnist.h5"), "lenet"));
});
afterAll(() => {
  model.dispose();
  engine.dispose();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backlight-save-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

describe("a model's file", () => {
  it.each(["safetensors", "h5", "weights.h5"] as const)("is what saveModel makes: m.%s", async (format) => {
    const path = join(folder, `m.${format}`);
    await saveModelFile(model, path);
    const wanted = new Uint8Array(await (await saveModel(model, { format })).arrayBuffer());
    expect(Buffer.compare(readFileSync(path), wanted)).toBe(0);
    expect(readdirSync(folder)).toEqual([`m.${format}`]);
  });

  it.each(["float32", "float16"] as const)("is loaded from its path: %s", async (dtype) => {
    const path = join(folder, "m.safetensors");
    await saveModelFile(model, path, { dtype });
    using again = await loadModel(engine, path);
    for (const { layer, name } of model.weightSlots()) {
      const wanted = await model.readWeight(layer, name);
      const change =
        dtype === "float16" ? (value: number) => halfToFloat(floatToHalf(value)) : (value: number) => value;
      expect(await again.readWeight(layer, name)).toEqual(wanted.map(change));
    }
  });

  it("is not replaced unless asked for", async () => {
    const path = join(folder, "m.h5");
    writeFileSync(path, "precious");
    await expect(saveModelFile(model, path)).rejects.toThrow(/m\.h5 is there already/);
    expect(readFileSync(path, "utf8")).toBe("precious");
    expect(readdirSync(folder)).toEqual(["m.h5"]);
    await saveModelFile(model, path, { overwrite: true });
    expect(readFileSync(path).length).toBeGreaterThan(40_000);
  });

  it("is not touched, and nothing is left, when saving fails on the way", async () => {
    const path = join(folder, "m.h5");
    writeFileSync(path, "precious");
    const onProgress = (done: number) => {
      if (done > 20_000) throw new Error("stopped");
    };
    await expect(saveModelFile(model, path, { overwrite: true, onProgress })).rejects.toThrow("stopped");
    expect(readFileSync(path, "utf8")).toBe("precious");
    expect(readdirSync(folder)).toEqual(["m.h5"]);
  });

  it("says where it cannot be", async () => {
    const error = saveModelFile(model, join(folder, "missing", "m.h5"));
    await expect(error).rejects.toThrow(BacklightError);
    await expect(error).rejects.toThrow(/cannot write .*missing.m\.h5: ENOENT/);
  });

  it("does not replace a file that came while it was written", () => {
    const path = join(folder, "m.h5");
    const sink = new FileSink(path);
    sink.write(new Uint8Array(8));
    writeFileSync(path, "precious");
    expect(() => sink.commit()).toThrow(/is there already/);
    expect(readFileSync(path, "utf8")).toBe("precious");
    expect(readdirSync(folder)).toEqual(["m.h5"]);
  });
});

describe("the format of a path", () => {
  it.each([
    ["m.safetensors", "safetensors"],
    ["a.b/m.H5", "h5"],
    ["m.weights.h5", "weights.h5"],
    ["weights.h5", "h5"],
  ])("%s is %s", (path, format) => expect(formatOfPath(path)).toBe(format));

  it.each(["m", "m.hdf5", "h5", "m.keras"])("%s is refused", (path) =>
    expect(() => formatOfPath(path)).toThrow(
      /the ending tells the format, and must be one of \.safetensors, \.h5, \.weights\.h5/,
    ),
  );
});
