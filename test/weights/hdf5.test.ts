import { describe, expect, test } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { type ByteSource, bytesSource } from "../../weights/byte-source.ts";
import { openHdf5 } from "../../weights/hdf5.ts";
import { readFixture } from "../support/fixture.ts";
import { expectedValues } from "./expected.ts";

const kernel = "/fc/fc/kernel:0";
/** One that is read without the HDF5 library, and one that is not. */
const bothWays = ["weights.h5", "weights-big.h5"] as const;

async function open(file: string) {
  return await openHdf5(bytesSource(await readFixture(`fixtures/weights/${file}`), file));
}

async function failure(action: () => unknown): Promise<Error> {
  try {
    await action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}

describe("reading", () => {
  test.each(["weights.h5", "weights-f16.h5", "weights-f64.h5", "weights-big.h5", "latest.h5", "user-block.h5"])(
    "%s gives the values that Python wrote",
    async (name) => {
      const file = await open(name);
      const data = file.dataset(kernel);
      expect(data.shape).toEqual([100, 5]);
      expect(data.readFloat32()).toEqual(expectedValues(500, 6));
      expect(file.dataset("/fc/fc/bias:0").readFloat32()).toEqual(expectedValues(5, 7));
      file.close();
    },
  );

  test("integers are turned to float32 and cut as NumPy cuts them", async () => {
    const file = await open("weights-i16.h5");
    const data = file.dataset(kernel);
    expect([data.dtype, data.sizeBytes]).toEqual(["i16", 1000]);
    expect(data.readFloat32()).toEqual(expectedValues(500, 6).map((v) => Math.trunc(v) + 0));
    file.close();
  });

  test("gzip, shuffle and fletcher32", async () => {
    const file = await open("model-gzip.h5");
    expect(file.dataset(`/model_weights${kernel}`).readFloat32()).toEqual(expectedValues(500, 6));
    file.close();
  });

  test("bfloat16 marked by its attribute", async () => {
    const file = await open("bfloat16.h5");
    const data = file.dataset("/d/d/kernel:0");
    expect(data.dtype).toBe("bf16");
    expect(data.readFloat32()).toEqual(expectedValues(12, 0));
    file.close();
  });

  test.each(["weights.h5", "model-gzip.h5"])("%s in rows", async (name) => {
    const file = await open(name);
    const data = file.dataset((name === "weights.h5" ? "" : "/model_weights") + kernel);
    const whole = data.readFloat32();
    for (const [start, count] of [
      [0, 1],
      [37, 20],
      [99, 1],
      [100, 0],
      [0, 100],
    ] as const) {
      expect(data.readRows(start, count)).toEqual(whole.slice(start * 5, (start + count) * 5));
      const target = new Float32Array(count * 5 + 2).fill(7);
      data.readRowsInto(start, target.subarray(1, -1));
      expect([...target]).toEqual([7, ...whole.slice(start * 5, (start + count) * 5), 7]);
    }
    expect(() => data.readRows(99, 2)).toThrow(/rows 99 to 101 wanted, it has 100/);
    expect(() => data.readRowsInto(99, new Float32Array(10))).toThrow(/rows 99 to 101 wanted, it has 100/);
    file.close();
  });

  test("attributes, keys and kinds", async () => {
    const file = await open("strings.h5");
    expect(file.attr("/", "layer_names")).toEqual(["input_1", "conv1", "bn_1", "flatten", "fc"]);
    expect(file.attr("/", "keras_version")).toBe("2.9.0-é");
    expect(file.attr("/", "none")).toBeUndefined();
    expect(file.attr("/flatten", "weight_names")).toEqual([]);
    expect(file.keys("/conv1/conv1").sort()).toEqual(["bias:0", "kernel:0"]);
    expect([file.kind("/fc"), file.kind(kernel), file.kind("/fc/none/x")]).toEqual(["group", "dataset", "missing"]);
    file.close();
  });

  test.each(bothWays)("%s: rows cost the bytes of those rows, and the source is closed once", async (name) => {
    const inner = bytesSource(await readFixture(`fixtures/weights/${name}`), "counted");
    let closed = 0;
    let fetched = 0;
    const read = (offset: number, length: number): Uint8Array => {
      fetched += length;
      return inner.read(offset, length);
    };
    const counted: ByteSource = { name: "counted", size: inner.size, read, close: () => void closed++ };
    const file = await openHdf5(counted);
    const data = file.dataset(kernel);
    data.readRows(0, 1);
    fetched = 0;
    data.readRows(20, 60);
    expect(fetched).toBeGreaterThanOrEqual(60 * 5 * 4);
    expect(fetched).toBeLessThan(100 * 5 * 4 + 512);
    file.close();
    file.close();
    expect(closed).toBe(1);
    expect(() => file.keys("/")).toThrow("used after close()");
  });

  test.each(bothWays)("%s: a data set read after close() says so", async (name) => {
    const file = await open(name);
    const data = file.dataset(kernel);
    file.close();
    expect(() => data.readFloat32()).toThrow("read after close()");
  });

  test("300 files one after another, two at a time", async () => {
    const [a, b] = await Promise.all(bothWays.map((name) => readFixture(`fixtures/weights/${name}`)));
    for (let i = 0; i < 150; i++) {
      const pair = await Promise.all([a, b].map((bytes) => openHdf5(bytesSource(bytes ?? new Uint8Array(), "it"))));
      for (const file of pair) expect(file.dataset("/fc/fc/bias:0").readFloat32()).toEqual(expectedValues(5, 7));
      for (const file of pair) file.close();
    }
  });

  test.each(bothWays)("%s: an error of the source reaches the caller as it is", async (name) => {
    const inner = bytesSource(await readFixture(`fixtures/weights/${name}`), "flaky");
    let broken = false;
    const read = (offset: number, length: number): Uint8Array => {
      if (broken) throw new WeightsFormatError("flaky: the disk was pulled out");
      return inner.read(offset, length);
    };
    const file = await openHdf5({ name: "flaky", size: inner.size, read, close: () => inner.close() });
    const data = file.dataset(kernel);
    broken = true;
    expect(() => data.readFloat32()).toThrow("flaky: the disk was pulled out");
    broken = false;
    expect(data.readFloat32()).toEqual(expectedValues(500, 6));
    file.close();
  });
});

describe("refusing", () => {
  test.each([
    ["external-link", /kernel:0 is an external link to the file "\/etc\/passwd"/],
    ["soft-link", /kernel:0 is a soft link to "\/conv1\/conv1\/kernel:0"/],
    ["soft-group", /\/fc is a soft link to "\/conv1"/],
    ["external-storage", /asks for another file, "\/etc\/passwd"/],
    ["virtual", /is a virtual data set over "other.h5"/],
    ["huge-contiguous", /declares 2000000000 bytes, and the whole file has 19992/],
    ["huge-chunked", /would grow to 2000000000 bytes from a file of 19992: more than 1000 times/],
    ["lzf", /packed with the filter "lzf" \(number 32000\)/],
    ["gzip-twice", /is compressed several times over/],
    ["cycle", /should be a data set and is group/],
    ["compound", /holds no plain numbers/],
  ])("a file with %s", async (name, message) => {
    const file = await open(`hostile-${name}.h5`);
    const error = await failure(() => file.dataset(kernel).readFloat32());
    file.close();
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`hostile-${name}.h5`);
  });

  test("a path that goes round a cycle for ever", async () => {
    const file = await open("hostile-cycle.h5");
    expect(file.kind(`/fc/fc/kernel:0/fc/fc/kernel:0/fc`)).toBe("group");
    expect(() => file.kind("/fc/fc/kernel:0".repeat(30))).toThrow(/a path of 90 steps/);
    file.close();
  });

  test("a file cut short", async () => {
    await expect(open("truncated.h5")).rejects.toThrow(
      /truncated.h5 is cut short: its header declares 19992 bytes and the file has 13328/,
    );
  });

  test.each([
    ["", "an empty file"],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 553467096\n", "a git-lfs pointer"],
    ["<!DOCTYPE html><html><body>Sign in</body></html>", "an HTML page"],
    ['{"error": "gone"}', "a JSON text"],
    ["PK\x03\x04keras", "a zip archive"],
    ["\x89PNG\r\n\x1a\n", "a PNG picture"],
    ["hello there", 'a text file that begins "hello there"'],
    ["\x00\x01\x02\x03", "a binary file of an unknown kind"],
  ])("%j, named as %s", async (text, what) => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const error = await failure(() => openHdf5(bytesSource(bytes, "weights.h5")));
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(error.message).toContain(`weights.h5 is not an HDF5 file: it looks like ${what}`);
  });

  test("after all that, the next good file still reads", async () => {
    const file = await open("weights-big.h5");
    expect(file.dataset(kernel).readFloat32()).toEqual(expectedValues(500, 6));
    file.close();
  });
});
