import { beforeAll, describe, expect, test } from "vitest";
import { bytesSource } from "../../weights/byte-source.ts";
import { openHdf5 } from "../../weights/hdf5.ts";
import { examineFile } from "../fuzz/one-file.ts";
import { readFixture } from "../support/fixture.ts";
import { expectedValues } from "./expected.ts";

async function refusalOf(file: string): Promise<string> {
  const verdict = await examineFile(file, await readFixture(`fixtures/hostile/${file}`));
  expect(verdict.kind, verdict.message).toBe("refused");
  return verdict.message;
}

describe("HDF5", () => {
  // How long a file may take does not count the start of the library, which big-endian numbers need.
  beforeAll(async () => {
    const file = await openHdf5(bytesSource(await readFixture("fixtures/weights/weights-big.h5"), "first.h5"));
    file.close();
  });

  test.each([
    ["bomb.h5", /\/fc\/kernel:0 is packed in pieces of 100663296 bytes, too large for a file of/],
    ["bomb-inside.h5", /reading \/fc\/kernel:0 takes more memory than \d+ bytes can be worth/],
    ["many-names.h5", /"layer_names" lists "l0", but \/l0 is no group/],
    ["text-heap.h5", /an object of its text heap has the size/],
    ["text-length.h5", /reading attribute "layer_names" of \/ failed: Expected global heap object size does not match/],
  ])("%s", async (file, message) => {
    expect(await refusalOf(file)).toMatch(message);
  });

  test("free space among a group's names that goes round in a circle", async () => {
    const bytes = (await readFixture("fixtures/weights/bfloat16.h5")).slice();
    const view = new DataView(bytes.buffer);
    const heap = 0x2a8;
    const [block, data] = [Number(view.getBigUint64(heap + 16, true)), Number(view.getBigUint64(heap + 24, true))];
    view.setBigUint64(data + block, BigInt(block), true);
    const { kind, message } = await examineFile("circle.h5", bytes);
    expect(kind, message).toBe("refused");
    expect(message).toMatch(
      /circle\.h5: .* the free space among a group's names \(at byte 712\) goes round in a circle/,
    );
  });

  test("a file that brings the library to fall does no harm to the files after it, nor to one open beside it", async () => {
    // big-endian, which only the library reads
    const good = await readFixture("fixtures/weights/weights-big.h5");
    const bad = await readFixture("fixtures/hostile/deep-type.h5");
    const beside = await openHdf5(bytesSource(good, "beside.h5"));
    let falls = 0;
    for (let i = 0; i < 8; i++) {
      const { kind, message } = await examineFile("deep-type.h5", bad);
      expect(kind, message).toBe("refused");
      if (message.includes("brought the HDF5 library to fall")) falls++;
      const file = await openHdf5(bytesSource(good, "after.h5"));
      expect(file.dataset("/fc/fc/kernel:0").readFloat32()).toEqual(expectedValues(500, 6));
      file.close();
    }
    // How deep it follows depends on the host's stack, and on how far its code is compiled.
    if (falls > 0) expect(() => beside.keys("/")).toThrow(/beside\.h5: looking up \/: a damaged file brought .* again/);
    else expect(beside.keys("/")).toContain("fc");
    beside.close();
    expect(() => beside.keys("/")).toThrow("used after close()");
  });
});

describe("safetensors", () => {
  test.each([
    ["duplicate-key", /header gives the key "a" twice/],
    ["duplicate-escaped", /header gives the key "a" twice/],
    ["duplicate-field", /header gives the key "shape" twice/],
    ["overlap", /tensor "b" overlaps the tensor before it \(it begins at 16, not 20\)/],
    ["same-data", /tensor "b" overlaps the tensor before it/],
    ["hole", /tensor "b" leaves a hole of 4 bytes before it/],
    ["past-end", /the tensors end at byte \d+, but the file has \d+ bytes: it was cut short/],
    ["added", /something was added to it/],
    ["backwards", /tensor "b" holds -16 bytes/],
    ["negative", /tensor "a" has no data_offsets/],
    ["fraction", /tensor "a" has the shape \[7\.5\], which is no list of sizes/],
    ["shape-lie", /tensor "a" holds 32 bytes, but F32 of shape \[1099511627776\] takes 4398046511104/],
    ["shape-overflow", /tensor "a" holds 32 bytes/],
    ["unknown-type", /tensor "a" has the type "F8_E4M3", which is not known/],
    ["prototype-type", /tensor "a" has the type "constructor", which is not known/],
    ["metadata-object", /__metadata__ should hold texts only; "config" is none/],
    ["extra-field", /tensor "a" has an unknown field "url"/],
    ["header-too-long", /ask for a header of 100000001 bytes \(at most 100000000\)/],
    ["header-endless", /ask for a header of 18446744073709552000 bytes/],
    ["header-past-end", /its header of 4096 bytes does not fit/],
    ["not-utf8", /its header is no JSON object/],
    ["deep", /tensor "a" has an unknown field "0"/],
    ["config-repeats", /metadata "config" gives the key "class_name" twice/],
  ])("%s", async (name, message) => {
    expect(await refusalOf(`${name}.safetensors`)).toMatch(message);
  });

  test("`__proto__` is a name like any other", async () => {
    const file = "prototype-name.safetensors";
    expect((await examineFile(file, await readFixture(`fixtures/hostile/${file}`))).kind).toBe("accepted");
  });
});

describe("architectures", () => {
  test.each([
    ["lambda", /layer "run" is of class Lambda, which is not supported/],
    ["custom", /package>Evil.*code from files is never run/i],
    ["lists-deep", /model\.config\.layers\[0\] is .*; an object is wanted/],
    ["objects-deep", /model\.class_name is missing/],
    ["models-deep", /models are nested more than 8 deep/],
    ["prototype-key", /model\.class_name is missing/],
    ["prototype-class", /layer "c" is of class constructor, which is not supported/],
    ["prototype-activation", /Activation "a": option activation = "toString" is not supported/],
    ["repeated-key", /repeated-key\.json gives the key "config" twice/],
    ["endless-units", /Dense "d": its output would be \[null, 4503599627370496\], over 4294967296 elements/],
    ["endless-padding", /ZeroPadding2D "p": its output would be .* over 4294967296 elements/],
    ["infinite", /model\.config\.layers\[0\]\.config\.name is missing/],
    ["text-in-text", /model\.config is missing/],
  ])("%s", async (name, message) => {
    expect(await refusalOf(`${name}.json`)).toMatch(message);
  });
});

describe("an object that calls itself `toString`, where a text should be", () => {
  const odd = { toString: 1, valueOf: 1 };
  const layer = (name: string, config: object) => ({ class_name: name, config });
  const image = layer("InputLayer", { name: "x", batch_shape: [null, 4, 4, 3] });
  const relu = { class_name: "ReLU", config: {}, registered_name: odd };
  const conv = { name: odd, nb_filter: 2, nb_row: 1, nb_col: 1, border_mode: "same" };
  test.each([
    ["class in Keras 0", { name: "Sequential", layers: [{ name: odd }] }],
    ["class in Keras 0, in a list", { name: "Sequential", layers: [{ name: [odd] }] }],
    ["version", { class_name: "Sequential", config: [image], keras_version: odd }],
    ["name in Keras 1", { class_name: "Sequential", config: [layer("Convolution2D", conv)] }],
    ["dims", { class_name: "Sequential", config: [image, layer("Permute", { name: "p", dims: odd })] }],
    ["activation", { class_name: "Sequential", config: [image, layer("Activation", { name: "a", activation: relu })] }],
  ])("%s", async (_, config) => {
    const verdict = await examineFile("odd.json", new TextEncoder().encode(JSON.stringify(config)));
    expect(verdict.kind, verdict.message).not.toBe("failed");
  });
});

describe("TensorFlow.js", () => {
  test.each([
    ["parent", /asks for the shard "\.\.\/\.\.\/\.\.\/etc\/passwd", which leads out of the folder/],
    ["absolute", /asks for the shard "\/etc\/passwd", which is an absolute path/],
    ["url", /asks for the shard "https:.* a character with a special meaning/],
    ["encoded", /asks for the shard "%2e%2e\/g\.bin".* a character with a special meaning/],
    ["windows", /a character with a special meaning/],
    ["shape-lie", /its weights take 8589934592 bytes, but g\.bin \(16 bytes\) has 16/],
    ["shape-overflow", /weights\[0\]\.shape is \[1099511627776,1099511627776\].*which no file can hold/],
    ["negative", /weights\[0\]\.shape is \[-4\]/],
    ["quantized-type", /quantization\.dtype is "int4"/],
    ["quantized-scale", /quantization has the scale null/],
    ["prototype-type", /weights\[0\]\.dtype is "__proto__"/],
  ])("%s", async (name, message) => {
    expect(await refusalOf(`tfjs-${name}.json`)).toMatch(message);
  });
});
