import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { cropCenter, type ResizeMethod, resizeImage } from "../../src/image/resize.ts";
import { type MapResizeMethod, resizeMap } from "../../src/image/resize-map.ts";
import { floatsFromBase64, fromBase64, largestDifference, noise, noiseImage, readGolden, sha256 } from "./support.ts";

type Pair = readonly [number, number];
interface ResizeCase {
  readonly from: Pair;
  readonly to: Pair;
  readonly channels: 1 | 3;
  readonly method: ResizeMethod;
  readonly sha256: string;
  readonly data?: string;
}
interface MapCase {
  readonly from: Pair;
  readonly to: Pair;
  readonly method: MapResizeMethod;
  readonly data: string;
}

describe("resizeImage is PIL's resize, bit for bit", async () => {
  for (const { from, to, channels, method, sha256: digest, data } of await readGolden<ResizeCase[]>("resize.json")) {
    it(`${method} ${from.join("x")}x${channels} to ${to.join("x")}`, async () => {
      const [width, height] = to;
      const image = resizeImage(noiseImage(...from, channels), { width, height, method });
      expect([image.width, image.height, image.channels]).toEqual([width, height, channels]);
      if (data) expect(largestDifference(image.data, fromBase64(data))).toBe(0);
      expect(await sha256(image.data)).toBe(digest);
    });
  }

  it("nearest follows PIL where its summed-up step rounds otherwise than the formula", async () => {
    const cases = await readGolden<{ from: number; to: number; indices: string }[]>("nearest.json");
    expect(cases.length).toBe(12);
    for (const { from, to, indices } of cases) {
      const data = Uint8Array.from({ length: from * 3 }, (_, i) => (i % 3 === 0 ? i / 3 : i / 3 / 256));
      const row = resizeImage(
        { width: from, height: 1, channels: 3, data },
        { width: to, height: 1, method: "nearest" },
      );
      const got = Uint16Array.from({ length: to }, (_, i) => (row.data[3 * i] ?? 0) + 256 * (row.data[3 * i + 1] ?? 0));
      expect(got).toEqual(new Uint16Array(fromBase64(indices).buffer));
    }
  });

  it("refuses sizes that are not whole and positive, and data that does not fit", () => {
    const image = noiseImage(4, 3, 3);
    for (const width of [0, -1, 2.5, Number.NaN]) {
      expect(() => resizeImage(image, { width, height: 3, method: "nearest" })).toThrow(ShapeError);
    }
    expect(() => resizeImage({ ...image, width: 5 }, { width: 2, height: 2, method: "bilinear" })).toThrow(
      "the image says 5x3x3 = 45 samples but holds 36",
    );
  });
});

describe("resizeMap", async () => {
  const mapOf = ([width, height]: Pair) => ({
    width,
    height,
    data: Float32Array.from(noise(width * height), (byte) => byte / 255 - 0.25),
  });

  for (const { from, to, method, data } of await readGolden<MapCase[]>("resize-map.json")) {
    const peer = method === "align-corners" ? "TensorFlow" : "OpenCV";
    it(`${method} ${from.join("x")} to ${to.join("x")} is ${peer}'s`, () => {
      const map = resizeMap(mapOf(from), { width: to[0], height: to[1], method });
      expect(largestDifference(map.data, floatsFromBase64(data))).toBeLessThan(1e-6);
    });
  }

  it("nearest takes the value under each new pixel's centre", () => {
    const map = resizeMap(
      { width: 3, height: 1, data: Float32Array.of(1, 2, 3) },
      { width: 7, height: 2, method: "nearest" },
    );
    expect([...map.data]).toEqual([1, 1, 2, 2, 2, 3, 3, 1, 1, 2, 2, 2, 3, 3]);
  });

  it("refuses data that does not fit", () => {
    const map = { width: 3, height: 2, data: new Float32Array(5) };
    expect(() => resizeMap(map, { width: 2, height: 2, method: "nearest" })).toThrow("3x2 = 6 values but holds 5");
  });
});

describe("an unknown method", () => {
  it("is refused with a suggestion", () => {
    const size = { width: 2, height: 2 };
    const map = { width: 1, height: 1, data: new Float32Array(1) };
    expect(() => resizeImage(noiseImage(4, 3, 3), { ...size, method: "bilinera" as ResizeMethod })).toThrow(
      'no method "bilinera"; there are nearest, bilinear, bicubic. Did you mean "bilinear"?',
    );
    expect(() => resizeMap(map, { ...size, method: "halfpixel" as MapResizeMethod })).toThrow(
      'Did you mean "half-pixel"?',
    );
  });
});

describe("cropCenter", () => {
  it("cuts the middle out and drops the odd pixel on the right and at the bottom", () => {
    const image = { width: 4, height: 3, channels: 1, data: Uint8Array.from({ length: 12 }, (_, i) => i) } as const;
    expect(cropCenter(image, { width: 1, height: 2 })).toEqual({
      width: 1,
      height: 2,
      channels: 1,
      data: Uint8Array.of(1, 5),
    });
  });

  it("refuses a cut that is larger than the image", () => {
    expect(() => cropCenter(noiseImage(4, 3, 3), { width: 5, height: 3 })).toThrow(
      "wants 5x3 pixels but the image has 4x3",
    );
  });
});
