// The procedural data set: the same bytes everywhere, boxes and masks that fit, classes that the part alone tells.
import { describe, expect, it } from "vitest";
import { generator } from "../../src/random.ts";
import { planScene } from "../../src/train/data/shapes/plan.ts";
import { type Scene, shapesClasses, shapesDataset } from "../../src/train/data/shapes/shapes.ts";
import { sha256 } from "../image/support.ts";

const one = shapesDataset({ count: 600, seed: 3 });
const two = shapesDataset({ count: 600, seed: 3, objects: 2 });
const areaOf = ({ data }: { readonly data: Float32Array }) => data.reduce((sum, value) => sum + value, 0);
const [ofOne, ofTwo] = [one, two].map((data) => Array.from({ length: 36 }, (_, i) => data.scene(i))) as [
  Scene[],
  Scene[],
];

async function hashOf({ image, objects }: Scene): Promise<string> {
  const parts = [image, ...objects.flatMap(({ mask, part }) => [mask, part])].map(({ data }) => [...data]);
  return (await sha256(Uint8Array.from(parts.flat()))).slice(0, 16);
}

describe("shapesDataset", () => {
  it("draws the same bytes on every machine", async () => {
    const odd = shapesDataset({ count: 1, seed: "odd", size: 51 });
    const drawn = [one.scene(0), one.scene(599), two.scene(0), two.scene(3), odd.scene(0)];
    expect(await Promise.all(drawn.map(hashOf))).toEqual(HASHES);
  });

  it("tells a network the picture and its class", async () => {
    expect([one.length, one.inputShape, one.classNames]).toEqual([600, [64, 64, 3], shapesClasses]);
    for (const index of [0, 7, 599]) {
      const { image, objects } = one.scene(index);
      const { x, y } = await one.get(index);
      expect(x).toEqual(Float32Array.from(image.data, (value) => value / 255));
      expect([y, one.labels?.[index]]).toEqual([index % 6, index % 6]);
      expect(objects.map(({ classIndex }) => classIndex)).toEqual([index % 6]);
    }
  });

  it("with two objects has one or two classes in a picture", async () => {
    const counts = [0, 0, 0];
    for (const [index, { objects }] of ofTwo.entries()) {
      const { y } = await two.get(index);
      const classes = objects.map(({ classIndex }) => classIndex);
      expect(y).toEqual(Float32Array.from(shapesClasses, (_, c) => Number(classes.includes(c))));
      expect(new Set(classes).size).toBe(classes.length);
      counts[classes.length] = (counts[classes.length] ?? 0) + 1;
    }
    expect(counts[0]).toBe(0);
    expect(Math.min(counts[1] ?? 0, counts[2] ?? 0)).toBeGreaterThan(8);
  });

  it("has boxes about the masks, and the part within the object", () => {
    for (const { objects } of [...ofOne, ...ofTwo])
      for (const { box, partBox, mask, part } of objects) {
        const inside = (x: number, y: number, b: typeof box) => x >= b.x0 && x <= b.x1 && y >= b.y0 && y <= b.y1;
        for (const [map, around] of [[mask, box] as const, [part, partBox] as const]) {
          const hits = [...map.data.keys()].filter((i) => map.data[i] === 1).map((i) => [i % 64, Math.floor(i / 64)]);
          expect(hits.every(([x = 0, y = 0]) => inside(x, y, around))).toBe(true);
          const [xs, ys] = [hits.map(([x = 0]) => x), hits.map(([, y = 0]) => y)];
          expect([Math.min(...xs), Math.max(...xs)]).toEqual([around.x0, around.x1]);
          expect([Math.min(...ys), Math.max(...ys)]).toEqual([around.y0, around.y1]);
        }
        expect(part.data.every((value, i) => value <= (mask.data[i] ?? 0))).toBe(true);
        expect(areaOf(part) / areaOf(mask)).toBeGreaterThan(0.13);
        expect(areaOf(part) / areaOf(mask)).toBeLessThan(0.3);
      }
  });

  it("objects are of the announced size, and two do not overlap", () => {
    for (const { objects } of ofOne) {
      const [{ box }] = objects as [Scene["objects"][number]];
      const longest = Math.max(box.x1 - box.x0, box.y1 - box.y0) + 1;
      expect(longest).toBeGreaterThan(0.3 * 64);
      expect(longest).toBeLessThan(0.66 * 64);
    }
    const pairs = ofTwo.filter(({ objects }) => objects.length === 2);
    for (const { objects } of pairs) {
      const both = objects[0]?.mask.data.filter((value, i) => value === 1 && objects[1]?.mask.data[i] === 1);
      expect(both).toHaveLength(0);
    }
  });

  it("bodies wear their class's texture in 3 of 4 objects, and nothing else goes with the class", () => {
    const random = generator("plans");
    const plans = Array.from({ length: 3000 }, (_, i) => {
      const [plan] = planScene({ size: 64, classes: [i % 6], isCrowded: false, random }).objects;
      return { own: plan?.texture === i % 6, outline: plan?.outline, pale: (plan?.paper[0] ?? 0) > 0.5, class: i % 6 };
    });
    const share = (of: typeof plans, what: (plan: (typeof plans)[number]) => boolean) =>
      of.filter(what).length / of.length;
    expect(share(plans, ({ own }) => own)).toBeCloseTo(0.75, 1);
    for (let c = 0; c < 6; c++) {
      const own = plans.filter((plan) => plan.class === c);
      // 500 of each: the standard error of a quarter is 0.019
      for (let outline = 0; outline < 4; outline++)
        expect(Math.abs(share(own, (plan) => plan.outline === outline) - 0.25)).toBeLessThan(0.08);
      expect(Math.abs(share(own, ({ pale }) => pale) - 0.5)).toBeLessThan(0.09);
    }
  });

  it("refuses what makes no sense", () => {
    expect(() => shapesDataset({ count: 0 })).toThrow("shapesDataset: count is 0");
    expect(() => shapesDataset({ count: 1, size: 31.5 })).toThrow("size is 31.5, but it must be a whole number");
    expect(() => shapesDataset({ count: 1, objects: 3 as 2 })).toThrow("objects is 3, but it must be 1 or 2");
    expect(() => one.scene(600)).toThrow("the data set has no example 600: it has 600, from 0 to 599.");
  });
});

/** Part of what users repeat. */
const HASHES = ["ce37ab8734982ad0", "5519809829fbb26e", "e996f773189ccf3b", "19c6c65d4d3a55a6", "09a3af0eb38a3c4c"];
