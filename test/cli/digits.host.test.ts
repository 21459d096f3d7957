// The built-in networks for digits, on drawings that nobody of MNIST made: black pen on white paper, 200 x 200.
import { describe, expect, it } from "vitest";
import { explain } from "../../src/explain/explain.ts";
import { inverted } from "../../src/image/background.ts";
import type { Image } from "../../src/image/types.ts";
import { resolveModel } from "../../weights/resolve.host.ts";
import { useEngine } from "../support/engine.ts";

type Point = readonly [x: number, y: number];

const side = 200;
/** Lines of a pen, in pixels. */
const strokes: Readonly<Record<string, readonly Point[]>> = {
  1: [
    [75, 60],
    [104, 32],
    [100, 170],
  ],
  7: [
    [48, 42],
    [150, 40],
    [92, 168],
  ],
  9: [
    [140, 72],
    [124, 45],
    [94, 38],
    [66, 54],
    [60, 84],
    [84, 104],
    [118, 96],
    [140, 72],
    [136, 120],
    [118, 168],
  ],
};

function drawing(points: readonly Point[], pen: number): Image {
  const data = Uint8Array.from({ length: side * side }, (_, i) => {
    const at: Point = [i % side, Math.floor(i / side)];
    const distance = Math.min(...points.slice(1).map((to, k) => distanceTo(at, points[k] ?? to, to)));
    return 255 * Math.min(1, Math.max(0, distance - pen / 2));
  });
  return { width: side, height: side, channels: 1, data };
}

/** Of a point from a line between two others. */
function distanceTo([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}

const host = useEngine();

describe.each(["mnist", "mnist-gap"])("the built-in %s", (name) => {
  it("reads drawn digits, dark on light and light on dark", async () => {
    using model = await resolveModel(host.engine, { model: name });
    const drawings = Object.values(strokes).map((points) => drawing(points, 16));
    const all = [...drawings, ...drawings.map(inverted)];
    using run = explain(model, all);
    const read = (await run.predictions(1)).map(([best]) => best?.label);
    expect(read).toEqual([...Object.keys(strokes), ...Object.keys(strokes)]);
  });
});
