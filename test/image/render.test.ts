import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError, UnknownNameError } from "../../src/errors.ts";
import { type ColormapName, colorize, colormapTable } from "../../src/image/colormap.ts";
import { deprocess, normalizeMap } from "../../src/image/normalize.ts";
import { drawBox, overlay, sideBySide, solid } from "../../src/image/render.ts";
import type { FloatMap } from "../../src/image/types.ts";
import { floatsFromBase64, fromBase64, largestDifference, noiseImage, readGolden } from "./support.ts";

const mapOf = (width: number, ...values: number[]): FloatMap => ({
  width,
  height: values.length / width,
  data: Float32Array.from(values),
});

describe("colour maps", async () => {
  const golden = await readGolden<Record<"jet" | "viridis", string>>("colormap.json");

  it.each(["jet", "viridis"] as const)("%s is matplotlib's table", (name) => {
    expect(colormapTable(name)).toEqual(fromBase64(golden[name]));
  });

  it("gray is the level in every channel", () => {
    expect(colormapTable("gray")).toEqual(Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)));
  });

  it("colorize truncates 255 v and holds the ends", () => {
    expect([...colorize(mapOf(5, -1, 0, 0.5, 1, 2), "gray").data].filter((_, i) => i % 3 === 0)).toEqual([
      0, 0, 127, 255, 255,
    ]);
  });

  it("refuses NaN and unknown names", () => {
    expect(() => colorize(mapOf(2, 0, 0, 0, Number.NaN), "jet")).toThrow(NonFiniteError);
    expect(() => colorize(mapOf(2, 0, 0, 0, Number.NaN), "jet")).toThrow("NaN at x = 1, y = 1");
    expect(() => colorize(mapOf(1, 0), "virdis" as ColormapName)).toThrow('Did you mean "viridis"?');
    expect(() => colorize(mapOf(1, 0), "constructor" as ColormapName)).toThrow(UnknownNameError);
  });
});

describe("normalizeMap", () => {
  it("divides by the maximum and shows negative values as 0", () => {
    const { map, min, max, empty } = normalizeMap(mapOf(2, -3, 1, 2, 4));
    expect([...map.data]).toEqual([0, 0.25, 0.5, 1]);
    expect([min, max, empty]).toEqual([-3, 4, false]);
  });

  it("stretches the range on request", () => {
    expect([...normalizeMap(mapOf(2, -1, 1, 2, 3), { by: "range" }).map.data]).toEqual([0, 0.5, 0.75, 1]);
  });

  it("reports maps without anything to scale, never NaN", () => {
    const zero = { map: mapOf(2, 0, 0), min: 0, max: 0, empty: true };
    expect(normalizeMap(mapOf(2, 0, 0))).toEqual(zero);
    expect(normalizeMap(mapOf(2, -2, -1))).toEqual({ ...zero, min: -2, max: -1 });
    expect(normalizeMap(mapOf(2, 5, 5), { by: "range" })).toEqual({ ...zero, min: 5, max: 5 });
    expect(normalizeMap(mapOf(2, 5, 5)).empty).toBe(false);
  });

  it("refuses NaN and infinity", () => {
    expect(() => normalizeMap(mapOf(2, 0, Number.NaN))).toThrow(NonFiniteError);
    expect(() => normalizeMap(mapOf(2, 0, Number.POSITIVE_INFINITY))).toThrow(NonFiniteError);
  });
});

describe("overlay and deprocess", async () => {
  const golden = await readGolden<{
    overlay: { heat: string; rgb: string };
    deprocess: { values: string; rgb: string };
  }>("render.json");

  it("overlay is Keras' superimposed picture, to 1 level", () => {
    const heat = { width: 12, height: 9, data: floatsFromBase64(golden.overlay.heat) };
    const image = overlay(noiseImage(12, 9, 3), heat);
    expect(largestDifference(image.data, fromBase64(golden.overlay.rgb))).toBeLessThanOrEqual(1);
  });

  it("blend keeps the picture where alpha is 0 and shows the colours where it is 1", () => {
    const picture = noiseImage(4, 2, 3);
    const heat = mapOf(4, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1);
    expect(overlay(picture, heat, { alpha: 0, style: "blend" })).toEqual(picture);
    expect(overlay(picture, heat, { alpha: 1, style: "blend" })).toEqual(colorize(heat, "jet"));
  });

  it("resizes the map to the picture and refuses an alpha outside 0..1", () => {
    const small = overlay(solid({ width: 6, height: 4 }, [0, 0, 0]), mapOf(1, 1), { alpha: 1, style: "blend" });
    expect(small).toEqual(solid({ width: 6, height: 4 }, [127, 0, 0]));
    expect(() => overlay(small, mapOf(1, 1), { alpha: 1.5 })).toThrow(ShapeError);
  });

  it("deprocess is the formula in float64, truncated", () => {
    const values = floatsFromBase64(golden.deprocess.values);
    const image = deprocess(values, { width: 5, height: 6 });
    expect(largestDifference(image.data, fromBase64(golden.deprocess.rgb))).toBe(0);
    const turned = deprocess(values, { width: 5, height: 6, order: "bgr" });
    expect([...turned.data.subarray(0, 3)]).toEqual([...image.data.subarray(0, 3)].reverse());
  });

  it("deprocess shows a flat attribution as mid gray and refuses NaN and wrong lengths", () => {
    expect(deprocess(new Float32Array(12), { width: 2, height: 2 })).toEqual(
      solid({ width: 2, height: 2 }, [127, 127, 127]),
    );
    expect(() => deprocess(Float32Array.of(0, Number.NaN, 0), { width: 1, height: 1 })).toThrow(NonFiniteError);
    expect(() => deprocess(new Float32Array(4), { width: 1, height: 1 })).toThrow("1x1x3 = 3 values but got 4");
  });
});

describe("drawBox and sideBySide", () => {
  const pixels = (image: { data: Uint8Array }) =>
    [...image.data].filter((_, i) => i % 3 === 0).map((v) => (v ? "#" : "."));
  const black = (width: number, height: number) => solid({ width, height }, [0, 0, 0]);

  it("draws an inclusive frame and cuts off what lies outside", () => {
    const framed = drawBox(black(5, 4), { x0: 1, y0: 0, x1: 3, y1: 2 }, [255, 0, 0], { thickness: 1 });
    expect(pixels(framed).join("")).toBe(".###." + ".#.#." + ".###." + ".....");
    const beyond = drawBox(black(4, 2), { x0: -3, y0: -3, x1: 1, y1: 9 }, [255, 0, 0], { thickness: 1 });
    expect(pixels(beyond).join("")).toBe(".#.." + ".#..");
  });

  it("leaves the given picture alone", () => {
    const picture = black(3, 3);
    drawBox(picture, { x0: 0, y0: 0, x1: 2, y1: 2 }, [1, 2, 3]);
    expect(picture).toEqual(black(3, 3));
  });

  it("puts pictures in a row, aligned at the top", () => {
    const row = sideBySide([black(2, 1), { width: 1, height: 2, channels: 1, data: Uint8Array.of(0, 0) }], { gap: 1 });
    expect([row.width, row.height]).toEqual([4, 2]);
    expect(pixels(row).join("")).toBe("..#." + "###.");
    expect(() => sideBySide([])).toThrow(ShapeError);
  });
});
