// The metrics of localisation on maps small enough to check by hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { HeatMap } from "../../src/explain/heat-map.ts";
import { boxAccuracy, meanIou } from "../../src/explain/localisation/box-accuracy.ts";
import { boxesOf } from "../../src/explain/localisation/boxes.ts";
import { energyInside, energyPointing } from "../../src/explain/localisation/energy.ts";
import { bestIou, iou } from "../../src/explain/localisation/iou.ts";
import { MaxBoxAcc } from "../../src/explain/localisation/max-box-acc.ts";
import { oquabRule } from "../../src/explain/localisation/oquab.ts";
import { pointingGame } from "../../src/explain/localisation/pointing.ts";
import type { Box, FloatMap } from "../../src/image/types.ts";

function mapOf(width: number, values: readonly number[]): FloatMap {
  return { width, height: values.length / width, data: Float32Array.from(values) };
}

/** A map of zeros but for one pixel. */
function spike(width: number, height: number, at: { x: number; y: number }): FloatMap {
  const data = new Float32Array(width * height);
  data[at.y * width + at.x] = 1;
  return { width, height, data };
}

const boxOf = (x0: number, y0: number, x1: number, y1: number): Box => ({ x0, y0, x1, y1 });

describe("boxesOf", () => {
  const map = mapOf(6, [9, 9, 0, 0, 0, 2, 9, 0, 0, 0, 2, 2, 0, 0, 1, 0, 2, 2, 5, 0, 0, 0, 0, 0]);

  it("ranks every 4-connected region by its area", () => {
    expect(boxesOf(map)).toEqual([
      { ...boxOf(4, 0, 5, 2), area: 5 },
      { ...boxOf(0, 0, 1, 1), area: 3 },
      { ...boxOf(0, 3, 0, 3), area: 1 },
    ]);
  });

  it("takes 15 % or another share, and only the largest if asked to", () => {
    expect(boxesOf(map, { threshold: 0.1 })).toHaveLength(4);
    expect(boxesOf(map, { threshold: 0.3, all: false })).toEqual([{ ...boxOf(0, 0, 1, 1), area: 3 }]);
    expect(boxesOf(map, { threshold: 0.3 })).toHaveLength(2);
  });

  it("is what a heat map gives", () => {
    const provenance = { model: "m", method: "gradcam", target: "t", rule: "gradient" };
    const heat = new HeatMap(map, { input: { width: 6, height: 4 }, provenance });
    expect(heat.boxes()).toEqual(boxesOf(map));
    expect(heat.boxes({ all: false, threshold: 0.3 })).toEqual([{ ...heat.box({ threshold: 0.3 }), area: 3 }]);
    const empty = new HeatMap(mapOf(2, [-1, 0]), { input: { width: 2, height: 1 }, provenance });
    expect(empty.boxes()).toEqual([]);
    expect(() => heat.boxes({ threshold: 1 })).toThrow(ShapeError);
  });
});

describe("iou", () => {
  it.each([
    [boxOf(0, 0, 9, 9), boxOf(0, 0, 9, 9), 1],
    [boxOf(0, 0, 9, 9), boxOf(5, 0, 14, 9), 50 / 150],
    [boxOf(0, 0, 9, 9), boxOf(2, 2, 5, 5), 16 / 100],
    [boxOf(0, 0, 4, 4), boxOf(5, 0, 9, 4), 0], // neighbours do not overlap
    [boxOf(0, 0, 4, 4), boxOf(4, 4, 8, 8), 1 / 49],
    [boxOf(3, 3, 3, 3), boxOf(3, 3, 3, 3), 1],
  ])("of %j and %j is %f", (a, b, value) => {
    expect(iou(a, b)).toBeCloseTo(value, 12);
    expect(iou(b, a)).toBe(iou(a, b));
  });

  it("is best with the box that fits best", () => {
    expect(bestIou(boxOf(0, 0, 9, 9), [boxOf(90, 0, 99, 9), boxOf(0, 0, 9, 4)])).toBe(0.5);
    expect([bestIou(undefined, [boxOf(0, 0, 9, 4)]), bestIou(boxOf(0, 0, 9, 4), [])]).toEqual([0, 0]);
  });
});

describe("the peak", () => {
  const box = boxOf(40, 40, 60, 50);
  const at = (x: number, y: number) => ({ map: spike(100, 90, { x, y }), boxes: [box] });

  it.each([
    [22, 45, 1],
    [21, 45, 0],
    [22, 22, 1],
    [78, 68, 1],
    [79, 68, 0],
    [50, 69, 0],
  ])("at (%i, %i) is within Oquab's 18 pixels: %i", (x, y, value) => {
    expect(oquabRule().update(at(x, y))).toBe(value);
  });

  it.each([
    [26, 45, 1],
    [25, 45, 0], // TorchRay: less than 15 pixels
    [30, 30, 1], // 14.14 from the corner
    [29, 29, 0], // 15.56 from it
    [50, 45, 1],
  ])("at (%i, %i) is within the pointing game's 15 pixels: %i", (x, y, value) => {
    expect(pointingGame().update(at(x, y))).toBe(value);
  });

  it("may ask for the box itself, and takes any of several", () => {
    expect([
      pointingGame({ tolerance: 0 }).update(at(60, 50)),
      pointingGame({ tolerance: 0 }).update(at(61, 50)),
    ]).toEqual([1, 0]);
    const two = { map: spike(100, 90, { x: 5, y: 5 }), boxes: [box, boxOf(0, 0, 9, 9)] };
    expect([oquabRule({ margin: 0 }).update(two), pointingGame().update(two)]).toEqual([1, 1]);
  });

  it("is the first of equal ones in reading order; an empty map has none", () => {
    const two = mapOf(4, [0, 1, 0, 1]);
    expect(oquabRule({ margin: 0 }).update({ map: two, boxes: [boxOf(1, 0, 1, 0)] })).toBe(1);
    expect(oquabRule({ margin: 0 }).update({ map: two, boxes: [boxOf(3, 0, 3, 0)] })).toBe(0);
    const empty = { map: mapOf(2, [-3, 0]), boxes: [boxOf(0, 0, 1, 0)] };
    expect([oquabRule(), pointingGame(), energyPointing(), boxAccuracy()].map((one) => one.update(empty))).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it("is looked for at the picture's size", () => {
    const map = mapOf(2, [0, 0, 0, 1]);
    const size = { width: 100, height: 100 };
    const at = (boxes: readonly Box[]) => oquabRule({ margin: 0 }).update({ map, boxes, size });
    expect([at([boxOf(75, 75, 99, 99)]), at([boxOf(0, 0, 74, 99)])]).toEqual([1, 0]);
  });
});

describe("energy", () => {
  const map = mapOf(4, [1, 2, -9, 3, 4, 0, 0, 10]);

  it("counts what lies in the union of the boxes, and nothing below 0", () => {
    expect(energyInside(map, [boxOf(0, 0, 1, 1)])).toBeCloseTo(7 / 20, 12);
    expect(energyInside(map, [boxOf(0, 0, 1, 1), boxOf(1, 0, 3, 0)])).toBeCloseTo(10 / 20, 12);
    expect(energyInside(map, [boxOf(-5, -5, 50, 50)])).toBe(1);
  });
});

describe("metrics", () => {
  // half of the box is found: IoU 0.5 and 1/3
  const samples = [
    { map: mapOf(4, [1, 1, 0, 0]), boxes: [boxOf(0, 0, 3, 0)] },
    { map: mapOf(4, [1, 1, 0, 0]), boxes: [boxOf(1, 0, 2, 0)] },
    { map: mapOf(4, [1, 0.1, 0, 0]), boxes: [boxOf(3, 0, 3, 0), boxOf(0, 0, 0, 0)] },
  ];

  it("are means, gathered one by one", () => {
    const accuracy = boxAccuracy();
    expect(accuracy.summary()).toEqual({ count: 0, mean: undefined });
    expect(samples.map((sample) => accuracy.update(sample))).toEqual([1, 0, 1]);
    expect(accuracy.summary()).toEqual({ count: 3, mean: 2 / 3 });
    const overlap = meanIou();
    for (const sample of samples) overlap.update(sample);
    expect(overlap.summary().mean).toBeCloseTo((1 / 2 + 1 / 3 + 1) / 3, 12);
    expect(boxAccuracy({ iou: 0.3 }).update(samples[1] ?? { map: mapOf(1, [1]), boxes: [] })).toBe(1);
    expect(boxAccuracy({ threshold: 0.05 }).update(samples[2] ?? { map: mapOf(1, [1]), boxes: [] })).toBe(1);
  });

  it("of parts are merged, through JSON too", () => {
    const [whole, left, right] = [energyPointing(), energyPointing(), energyPointing()];
    for (const [i, sample] of samples.entries()) {
      whole.update(sample);
      (i === 0 ? left : right).update(sample);
    }
    left.merge(JSON.parse(JSON.stringify(right.state)));
    expect(left.summary()).toEqual(whole.summary());
  });

  it.each([oquabRule(), pointingGame(), energyPointing(), boxAccuracy(), meanIou(), new MaxBoxAcc()])(
    "refuse a sample that is none: $name",
    (metric) => {
      const map = mapOf(2, [0, 1]);
      expect(() => metric.update({ map, boxes: [] })).toThrow("the picture has no true box");
      expect(() => metric.update({ map, boxes: [boxOf(5, 0, 4, 0)] })).toThrow("ends before it begins");
      expect(() => metric.update({ map, boxes: [boxOf(0, 0, Number.NaN, 0)] })).toThrow(ShapeError);
      expect(() => metric.update({ map: { ...map, width: 3 }, boxes: [boxOf(0, 0, 1, 0)] })).toThrow(ShapeError);
      expect(metric.state.count).toBe(0);
    },
  );
});

describe("MaxBoxAcc", () => {
  /** A square of ones on zeros, at the metric's own size: nothing is resized. */
  const square = (box: Box): FloatMap => {
    const data = new Float32Array(224 * 224);
    for (let y = box.y0; y <= box.y1; y++) for (let x = box.x0; x <= box.x1; x++) data[y * 224 + x] = 1;
    return { width: 224, height: 224, data };
  };

  it("finds a square at every threshold, one pixel too large as the authors do", () => {
    const metric = new MaxBoxAcc();
    const ranges = metric.update({ map: square(boxOf(10, 10, 19, 19)), boxes: [boxOf(10, 10, 19, 19)] });
    // 100 / 121
    expect(ranges).toEqual({
      "largest-0.5": [[0, 999]],
      "all-0.3": [[0, 999]],
      "all-0.5": [[0, 999]],
      "all-0.7": [[0, 999]],
    });
    expect(metric.summary()).toMatchObject({ count: 1, maxBoxAcc: 1, maxBoxAccV2: 1 });
    // 1 / 4: a pixel's box is 2 x 2
    expect(metric.update({ map: square(boxOf(5, 5, 5, 5)), boxes: [boxOf(5, 5, 5, 5)] })["all-0.3"]).toEqual([]);
    expect(metric.summary()).toMatchObject({ count: 2, maxBoxAcc: 0.5, maxBoxAccV2: 0.5 });
  });

  it("takes one contour or any, as its version says", () => {
    const large = square(boxOf(100, 100, 180, 180));
    const small = square(boxOf(10, 10, 29, 29));
    const both = { ...large, data: large.data.map((value, i) => value + (small.data[i] ?? 0)) };
    const ranges = new MaxBoxAcc().update({ map: both, boxes: [boxOf(10, 10, 29, 29)] });
    expect([ranges["largest-0.5"], ranges["all-0.5"]]).toEqual([[], [[0, 999]]]);
  });

  it("takes the whole range of a map, a threshold of it alone, and a flat map as nothing", () => {
    const low = square(boxOf(50, 50, 99, 99));
    const sample = { boxes: [boxOf(50, 50, 99, 99)] };
    const shifted = { ...low, data: low.data.map((value) => value - 3) };
    expect(new MaxBoxAcc().update({ map: shifted, ...sample })["largest-0.5"]).toEqual([[0, 999]]);
    const stepped = { ...low, data: low.data.map((value, i) => (i === 0 ? 2 : value)) };
    // the square has the level 127: it is there as long as floor(tau * 255) is below, that is tau < 127 / 255
    expect(new MaxBoxAcc().update({ map: stepped, ...sample })["largest-0.5"]).toEqual([[0, 498]]);
    const flat = { ...low, data: low.data.map(() => 4) };
    expect(new MaxBoxAcc().update({ map: flat, ...sample })["all-0.3"]).toEqual([]);
  });

  it("refuses a side that is none", () => {
    expect(() => new MaxBoxAcc({ side: 0 })).toThrow("must be a whole number of at least 1");
    expect(new MaxBoxAcc().summary()).toEqual({ count: 0, maxBoxAcc: undefined, maxBoxAccV2: undefined, curves: [] });
  });
});
