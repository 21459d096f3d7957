// How a result becomes a file, a page or a canvas.
import { describe, expect, it } from "vitest";
import { HeatMap } from "../../src/explain/heat-map.ts";
import { PixelMap } from "../../src/explain/pixel-map.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { solid } from "../../src/image/render.ts";

const hostile = `<img src=x onerror="alert('1')">&`;
const provenance = { model: hostile, method: "gradcam", layer: hostile, target: hostile, rule: "gradient" };
const raw = (values: readonly number[]) => ({ width: 2, height: 2, data: Float32Array.from(values) });
const input = { width: 6, height: 4 };
const heat = (values: readonly number[], notes: readonly string[] = []) =>
  new HeatMap(raw(values), { input, provenance, notes });
const pixels = (values: readonly number[]) =>
  new PixelMap(Float32Array.from(values), { width: 2, height: 1, channels: 3, order: "rgb", provenance });
const picture = { ...solid({ width: 8, height: 5 }, [90, 120, 30]) };
picture.data.set([255, 255, 255, 0, 0, 0]);

/** The bytes behind a data URL. */
function bytesOf(url: string): Uint8Array {
  const [head, code = ""] = url.split(",");
  expect(head).toBe("data:image/png;base64");
  return Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
}

describe.each([
  ["a heat map", heat([1, -2, 0.5, 3])],
  ["a pixel map", pixels([1, -2, 0.5, 3, 0, -1])],
])("%s", (_, map) => {
  it("is a PNG alone, and over a picture at the picture's size", async () => {
    const alone = await decodeImage(await map.png());
    expect(alone).toEqual(map.render());
    const over = await decodeImage(await map.png({ image: picture }));
    expect(over).toEqual(map.overlay(picture));
    expect([over.width, over.height]).toEqual([8, 5]);
    expect([...over.data]).not.toEqual([...picture.data]);
  });

  it("is a data URL of the same PNG", async () => {
    expect(bytesOf(await map.dataUrl({ image: picture }))).toEqual(await map.png({ image: picture }));
  });

  it("is a figure with its range and where it came from, that no name breaks out of", async () => {
    const html = await map.html({ image: picture });
    const url = /src="([^"]+)"/.exec(html)?.[1] ?? "";
    expect(bytesOf(url)).toEqual(await map.png({ image: picture }));
    expect(html).toContain("raw values from -2 to 3");
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;");
    expect(html.match(/<[a-z]+/g)?.join(" ")).toBe("<figure <img <figcaption <br <br");
    expect(html).not.toContain("empty");
  });

  it("knows its range and that there is something to see", () => {
    expect(map).toMatchObject({ min: -2, max: 3, status: "ok", empty: false, notes: [] });
  });
});

describe.each([
  ["a heat map without positive value", heat([-1, 0, -3, -1]), -3],
  ["a pixel map of zeros", pixels([0, 0, 0, 0, 0, 0]), 0],
])("%s", (_, map, min) => {
  it("is of one colour, says that it is empty, and keeps its raw range", async () => {
    expect(map).toMatchObject({ status: "empty", empty: true, min, max: 0 });
    const { data, width, height } = await decodeImage(await map.png());
    const colours = new Set(
      Array.from({ length: width * height }, (_unused, i) => data.subarray(3 * i, 3 * i + 3).join()),
    );
    expect(colours.size).toBe(1);
    const html = await map.html();
    expect(html).toContain("empty: there is no positive evidence here");
    expect(html).toContain(`raw values from ${min} to 0`);
  });
});

it("a figure tells the options and notes of its result", async () => {
  const told = new PixelMap(new Float32Array(6), {
    ...{ width: 2, height: 1, channels: 3, order: "rgb" },
    provenance: { ...provenance, picture: 3, options: { samples: 25, seed: "a<b" } },
    notes: ["no ReLU <here>"],
  });
  const html = await told.html();
  expect(html).toContain("rule gradient, picture 3, samples 25, seed a&lt;b");
  expect(html).toContain("no ReLU &lt;here&gt;");
  expect(heat([1, 1, 1, 1], ["a note"]).notes).toEqual(["a note"]);
});

it("a saliency picture is one of the ways to draw a pixel map", async () => {
  const map = pixels([1, -4, 2, 0, 0.5, -1]);
  expect(map.render({ kind: "positive" })).toEqual(map.saliency("positive"));
  expect(await decodeImage(await map.png({ kind: "absolute" }))).toEqual(map.saliency("absolute"));
});

/** What a result is drawn on; a page has real ones. */
function canvas() {
  // Deno has the class, but no 2d context
  const real = typeof OffscreenCanvas === "undefined" ? undefined : new OffscreenCanvas(1, 1);
  if (real?.getContext("2d")) return real;
  const state = { data: new Uint8ClampedArray(0) };
  const context = {
    createImageData: (width: number, height: number) => ({
      width,
      height,
      data: new Uint8ClampedArray(4 * width * height),
    }),
    putImageData: ({ data }: { data: Uint8ClampedArray<ArrayBuffer> }) => {
      state.data = data;
    },
    getImageData: () => state,
  };
  return { width: 1, height: 1, getContext: (_kind: "2d") => context };
}

it("is drawn on a canvas, which takes the picture's size", () => {
  const map = heat([1, -2, 0.5, 3]);
  const target = canvas();
  map.draw(target, { image: picture });
  expect([target.width, target.height]).toEqual([8, 5]);
  const drawn = target.getContext("2d")?.getImageData(0, 0, 8, 5).data ?? [];
  const wanted = map.overlay(picture).data;
  expect([...drawn].filter((_, i) => i % 4 < 3)).toEqual([...wanted]);
  expect([...drawn].filter((_, i) => i % 4 === 3)).toEqual(new Array(40).fill(255));
});

it("is not drawn on a canvas that gives no context", () => {
  const none = { width: 1, height: 1, getContext: () => null };
  expect(() => heat([1, 1, 1, 1]).draw(none)).toThrow(/no 2d context/);
});
