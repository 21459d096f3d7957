import { describe, expect, it } from "vitest";
import { ShapeError, UnknownNameError } from "../../src/errors.ts";
import { toGray, toRgb } from "../../src/image/channels.ts";
import { type PreprocessMode, preprocess } from "../../src/image/preprocess.ts";
import type { Image } from "../../src/image/types.ts";
import { floatsFromBase64, fromBase64, readGolden } from "./support.ts";

/** Every level in every channel. */
const levels: Image = {
  width: 16,
  height: 16,
  channels: 3,
  data: Uint8Array.from(
    { length: 768 },
    (_, i) => [i / 3, 255 - Math.floor(i / 3), (Math.floor(i / 3) * 7) % 256][i % 3] ?? 0,
  ),
};

describe("preprocess", async () => {
  const golden = await readGolden<Record<"caffe" | "tf" | "torch" | "gray", string>>("preprocess.json");

  it.each(["caffe", "tf", "torch"] as const)("%s has the bits of Keras' preprocess_input", (mode) => {
    expect(preprocess(levels, mode)).toEqual(floatsFromBase64(golden[mode]));
  });

  it("raw keeps the levels, unit divides by 255", () => {
    expect(preprocess(levels, "raw")).toEqual(Float32Array.from(levels.data));
    expect(preprocess(levels, "unit")).toEqual(Float32Array.from(levels.data, (level) => level / 255));
  });

  it("one channel is PIL's L", () => {
    const gray = Float32Array.from(fromBase64(golden.gray));
    expect(preprocess(levels, "raw", { channels: 1 })).toEqual(gray);
    expect(preprocess(levels, "tf", { channels: 1 })).toEqual(gray.map((v) => Math.fround(v / 127.5) - 1));
  });

  it("takes the numbers themselves, mean and std in the order of the result", () => {
    const image: Image = { width: 1, height: 1, channels: 3, data: Uint8Array.of(10, 20, 30) };
    expect([...preprocess(image, { scale: 0.5, offset: 1 })]).toEqual([6, 11, 16]);
    expect([...preprocess(image, { order: "bgr", mean: [1, 2, 3], std: [1, 2, 0.5] })]).toEqual([29, 9, 14]);
  });

  it("drops alpha and replicates gray", () => {
    const rgba: Image = { width: 1, height: 1, channels: 4, data: Uint8Array.of(1, 2, 3, 0) };
    expect([...preprocess(rgba, "raw")]).toEqual([1, 2, 3]);
    expect([...toRgb({ width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 8) }).data]).toEqual([
      7, 7, 7, 8, 8, 8,
    ]);
    expect([...toGray(rgba).data]).toEqual([2]);
  });

  it("refuses an unknown mode with a suggestion, and per-channel numbers that do not fit", () => {
    expect(() => preprocess(levels, "cafe" as PreprocessMode)).toThrow(UnknownNameError);
    expect(() => preprocess(levels, "cafe" as PreprocessMode)).toThrow('Did you mean "caffe"?');
    expect(() => preprocess(levels, "toString" as PreprocessMode)).toThrow(UnknownNameError);
    expect(() => preprocess(levels, "torch", { channels: 1 })).toThrow(ShapeError);
    expect(() => preprocess(levels, { mean: [1, 2] })).toThrow("mean has 2 values but the network takes 3 channel(s)");
  });
});
