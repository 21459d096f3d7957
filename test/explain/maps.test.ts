// From a raw map to a picture: no GPU is needed for any of it.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { HeatMap } from "../../src/explain/heat-map.ts";
import { boxOf } from "../../src/explain/localisation/boxes.ts";
import { PixelMap } from "../../src/explain/pixel-map.ts";
import { colorize } from "../../src/image/colormap.ts";

const provenance = { model: "none", method: "gradcam", target: "none", rule: "gradient" };
const mapOf = (width: number, values: readonly number[]) => ({
  width,
  height: values.length / width,
  data: Float32Array.from(values),
});
const heatMapOf = (width: number, values: readonly number[]) =>
  new HeatMap(mapOf(width, values), { input: { width: 20, height: 20 }, provenance });

describe("heat maps", () => {
  const map = heatMapOf(2, [4, -4]);
  const values = (options: Parameters<HeatMap["heatmap"]>[0]) => [...map.heatmap(options).data];

  it("keep the raw values and their range", () => {
    expect(map).toMatchObject({ min: -4, max: 4, empty: false });
    expect([...map.raw.data]).toEqual([4, -4]);
  });

  it("cut negative values off before the resize, after it, or not at all", () => {
    const size = { width: 4, height: 1 };
    // half-pixel bilinear of [4, 0] is [4, 3, 1, 0], of [4, -4] it is [4, 2, -2, -4]
    expect(values(size)).toEqual([1, 0.75, 0.25, 0]);
    expect(values({ ...size, relu: "before" })).toEqual([1, 0.75, 0.25, 0]);
    expect(values({ ...size, relu: "after" })).toEqual([1, 0.5, 0, 0]);
    expect(values({ ...size, relu: "none" })).toEqual([1, 0.75, 0.25, 0]);
  });

  it("are resized in four ways", () => {
    const size = { width: 3, height: 2, relu: "before" } as const;
    expect(values({ ...size, resize: "half-pixel" })).toEqual([1, 0.5, 0, 1, 0.5, 0]);
    expect(values({ ...size, resize: "align-corners" })).toEqual([1, 0.5, 0, 1, 0.5, 0]);
    expect(values({ ...size, resize: "nearest" })).toEqual([1, 0, 0, 1, 0, 0]);
    const corners = values({ width: 5, height: 1, resize: "align-corners" });
    expect(corners).toEqual([1, 0.75, 0.5, 0.25, 0]);
    const cubic = values({ width: 8, height: 1, resize: "bicubic" });
    expect(Math.max(...cubic)).toBe(1);
    expect(cubic).not.toEqual(values({ width: 8, height: 1 }));
  });

  it("say when they are empty, and are then black and without a box", () => {
    const none = heatMapOf(2, [-1, 0, -2, -3]);
    expect(none.empty).toBe(true);
    expect([...none.heatmap({ width: 2, height: 2 }).data]).toEqual([0, 0, 0, 0]);
    expect(none.box({ width: 8, height: 8 })).toBeUndefined();
    expect([...none.render({ width: 1, height: 1 }).data]).toEqual([...colorize(mapOf(1, [0]), "jet").data]);
  });

  it("are drawn in colours, alone or over a picture", () => {
    const picture = { width: 4, height: 2, channels: 3 as const, data: new Uint8Array(24).fill(200) };
    expect(map.render({ width: 4, height: 2 })).toMatchObject({ width: 4, height: 2, channels: 3 });
    const over = map.overlay(picture);
    expect(over).toMatchObject({ width: 4, height: 2, channels: 3 });
    expect([...over.data]).not.toEqual([...picture.data]);
    expect([...picture.data]).toEqual(new Array(24).fill(200));
    const gray = map.render({ width: 4, height: 1, colormap: "gray" });
    expect([...gray.data].filter((_, i) => i % 3 === 0)).toEqual([255, 191, 63, 0]);
  });
});

describe("the box at a share of the maximum", () => {
  it("bounds the largest part that hangs together by edges", () => {
    const map = mapOf(6, [...[0, 0, 0, 0, 0, 9], ...[0, 5, 5, 0, 0, 0], ...[0, 5, 0, 0, 0, 0], ...[0, 0, 1, 0, 3, 3]]);
    expect(boxOf(map)).toEqual({ x0: 1, y0: 1, x1: 2, y1: 2 });
    // at a tenth, the 1 belongs to nothing that it touches by a corner only
    expect(boxOf(map, 0.1)).toEqual({ x0: 1, y0: 1, x1: 2, y1: 2 });
    expect(boxOf(map, 0.6)).toEqual({ x0: 5, y0: 0, x1: 5, y1: 0 });
  });

  it("takes values at the threshold in, and never those at 0", () => {
    expect(boxOf(mapOf(5, [0, 2, 10, 1.9, 0]))).toEqual({ x0: 1, y0: 0, x1: 2, y1: 0 });
    expect(boxOf(mapOf(3, [0, 1, 0]), 0)).toEqual({ x0: 1, y0: 0, x1: 1, y1: 0 });
    expect(boxOf(mapOf(3, [-1, -2, 0]))).toBeUndefined();
  });

  it("takes the first of equally large parts, and does not run round the edges", () => {
    expect(boxOf(mapOf(4, [1, 0, 0, 1]))).toEqual({ x0: 0, y0: 0, x1: 0, y1: 0 });
    expect(boxOf(mapOf(3, [0, 0, 1, 1, 0, 0]))).toEqual({ x0: 2, y0: 0, x1: 2, y1: 0 });
  });

  it.each([1, -0.1, Number.NaN])("refuses the threshold %s", (threshold) => {
    expect(() => boxOf(mapOf(1, [1]), threshold)).toThrow(ShapeError);
  });

  it("of a heat map is in pixels of the picture", () => {
    const map = heatMapOf(2, [1, 0, 0, 0]);
    expect(map.box({ width: 20, height: 20, resize: "nearest" })).toEqual({ x0: 0, y0: 0, x1: 9, y1: 9 });
    expect(map.box({ width: 20, height: 20, resize: "nearest", threshold: 0.15 })).toBeDefined();
  });
});

describe("pixel maps", () => {
  const pixels = (values: readonly number[], channels: number, order: "rgb" | "bgr" = "rgb") =>
    new PixelMap(Float32Array.from(values), {
      width: values.length / channels,
      height: 1,
      channels,
      order,
      provenance,
    });

  it("show the largest size over the channels, or one sign with its colours", () => {
    const map = pixels([1, -4, 2, 0, 0.5, -1], 3);
    expect([...map.magnitude().data]).toEqual([1, 0.25]);
    expect([...map.saliency("absolute").data]).toEqual([255, 255, 255, 63, 63, 63]);
    expect([...map.saliency("positive").data]).toEqual([127, 0, 255, 0, 63, 0]);
    expect([...map.saliency("negative").data]).toEqual([0, 255, 0, 0, 0, 63]);
  });

  it("turn blue, green, red round for pictures only", () => {
    const map = pixels([1, -4, 2, 0, 0.5, -1], 3, "bgr");
    expect([...map.values]).toEqual([1, -4, 2, 0, 0.5, -1]);
    expect([...map.saliency("positive").data]).toEqual([255, 0, 127, 0, 63, 0]);
    const [turned, plain] = [map.render().data, pixels([...map.values], 3).render().data];
    expect([...turned.subarray(0, 3)]).toEqual([...plain.subarray(0, 3)].reverse());
  });

  it("deprocess: a tenth of a standard deviation round the middle", () => {
    // mean 0, standard deviation 1: 0.5 +- 0.1
    const shown = pixels([1, -1, 1, -1, 1, -1], 3).render();
    expect([...shown.data]).toEqual([152, 102, 152, 102, 152, 102]);
  });

  it("deprocess: tiny values look like the same values enlarged", () => {
    const values = [1, -1, 0.5, 0, 0.25, -0.5];
    const tiny = pixels(
      values.map((value) => value * 2 ** -40),
      3,
    );
    expect([...tiny.render().data]).toEqual([...pixels(values, 3).render().data]);
    expect(new Set(tiny.render().data).size).toBeGreaterThan(3);
  });

  it("repeat one channel, leave a missing third dark, and are black where they are empty", () => {
    const gray = pixels([2, -2], 1);
    expect([...gray.saliency("positive").data]).toEqual([255, 255, 255, 0, 0, 0]);
    const two = pixels([1, 2, 4, 3], 2);
    expect([...two.saliency("positive").data]).toEqual([63, 127, 0, 255, 191, 0]);
    const none = pixels([0, 0, 0], 3);
    expect(none.empty).toBe(true);
    for (const kind of ["absolute", "positive", "negative"] as const)
      expect([...none.saliency(kind).data]).toEqual([0, 0, 0]);
  });
});
