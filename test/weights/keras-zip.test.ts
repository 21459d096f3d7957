import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openKerasZip } from "../../weights/keras-zip.ts";
import { openModelFile } from "../../weights/open.ts";
import { readFixture } from "../support/fixture.ts";
import { readExpected, type StoredModel } from "./keras3-expected.ts";

const fixture = async (name: string) => bytesSource(await readFixture(`fixtures/keras3/${name}`), name);

describe("reading", () => {
  test.each([
    ["functional.keras", "functional", "3.15.1"],
    ["tf.keras", "tf", "2.19.0"],
    ["sequential-float16.keras", "sequential", "3.15.1"],
    ["sequential-bfloat16.keras", "sequential", "3.15.1"],
  ] as const)("%s: the architecture, the weights and the version", async (name, model, version) => {
    const file = await openKerasZip(await fixture(name));
    expect([file.name, file.format, file.naming, file.kerasVersion]).toEqual([name, "keras", "class", version]);
    const expected: StoredModel = (await readExpected())[model];
    expect(namesIn(file.config)).toEqual(namesIn(expected.config));
    expect(file.layers.flatMap((layer) => layer.weights)).toHaveLength(expected.weights.length);
    file.close();
    expect(() => file.layers[0]?.weights[0]?.read()).toThrow(/after close/);
  });

  test.each(["float16", "bfloat16"])("weights of %s are stored so, and read as float32", async (policy) => {
    const file = await openKerasZip(await fixture(`sequential-${policy}.keras`));
    const kernel = file.layers.find((layer) => layer.name === "layers/dense")?.weights[0];
    expect([kernel?.dtype, kernel?.sizeBytes]).toEqual([policy === "float16" ? "f16" : "bf16", 60 * 4 * 2]);
    expect(kernel?.read()).toEqual(kernel && (await readExpected()).sequential.values("classes", "kernel"));
    file.close();
  });

  test("told by its content, whatever its name", async () => {
    const bytes = await readFixture("fixtures/keras3/sequential-float16.keras");
    const file = await openModelFile(bytesSource(bytes, "weights.h5"));
    expect(file.format).toBe("keras");
    file.close();
  });
});

/** The classes and names in a config, which neither versions nor ids change. */
function namesIn(config: unknown): string[] {
  return [...JSON.stringify(config).matchAll(/"(?:class_name|name)": ?"([^"]+)"/g)]
    .map(([, name = ""]) => name)
    .filter((name) => !/^(float|mixed|bfloat)|DTypePolicy/.test(name));
}

describe("refusing", () => {
  test.each([
    ["no-weights", /without "model.weights.h5", so it is no .keras file \(it holds: config.json\)/],
    ["no-config", /without "config.json"/],
    ["npz", /Weights in NumPy's format are not read/],
    ["repeated-key", /config.json gives the key "a" twice/],
    ["not-json", /config.json is not JSON/],
    ["config-not-utf8", /config.json is no UTF-8 text/],
    ["weights-not-hdf5", /model.weights.h5 is not an HDF5 file: it looks like a text file that begins "hello there/],
    ["bad-crc-stored", /config.json is damaged/],
    ["duplicate", /lists "config.json" twice/],
  ])("%s", async (name, pattern) => {
    let closed = 0;
    const inner = await fixture(`zip-hostile-${name}.zip`);
    const source = { ...inner, close: () => void closed++ };
    const error = await openModelFile(source).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(String(error)).toMatch(pattern);
    expect(closed).toBeGreaterThan(0);
  });

  test.each([
    ["model/model.h5", /Unpack it and load "model\/model.h5"/],
    ["saved_model.pb", /TensorFlow's SavedModel is not read/],
    ["readme.txt", /it holds: readme.txt\)\. Save the model with Keras/],
  ])("an archive of %s says what to do", async (name, pattern) => {
    await expect(openModelFile(bytesSource(zipSync({ [name]: new Uint8Array(9) }), "z"))).rejects.toThrow(pattern);
  });
});
