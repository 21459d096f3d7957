// Moving pictures: as Keras and SciPy move them (tools/golden/augment.py), and by chance within bounds.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generator } from "../../src/random.ts";
import { type AffineOptions, affineTransform, flippedHorizontally } from "../../src/train/data/affine.ts";
import { type AugmentOptions, augmentation } from "../../src/train/data/augment.ts";
import { expectClose } from "../support/close.ts";

interface Group {
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly cases: readonly { readonly options: AffineOptions; readonly y: readonly number[] }[];
}

const path = new URL("../golden/training/augment.json", import.meta.url);
const groups = JSON.parse(readFileSync(path, "utf8")) as readonly Group[];
const cases = groups.flatMap(({ shape, x, cases: of }) =>
  of.map(({ options, y }) => [JSON.stringify(options), { shape, x, options, y }] as const),
);

describe("affineTransform", () => {
  it.each(cases)("%s", (name, { shape, x, options, y }) => {
    const moved = affineTransform(Float32Array.from(x), shape, options);
    expectClose(moved, y, { atol: 1e-6, rtol: 0 }, name);
  });

  it("without options changes nothing", () => {
    const x = Float32Array.from({ length: 24 }, (_, i) => i * i);
    expect(affineTransform(x, [2, 4, 3], {})).toEqual(x);
    expect(affineTransform(x, [2, 4, 3], { fill: { value: -1 } })).toEqual(x);
  });
});

it("flippedHorizontally reverses columns, not channels", () => {
  const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  expect(flippedHorizontally(x, [2, 3, 2])).toEqual(Float32Array.of(5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8));
});

describe("augmentation", () => {
  const shape = [1, 8, 1];
  const x = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  const augmented = (options: AugmentOptions, seed: string) =>
    augmentation(shape, options)({ x, y: 3 }, generator(seed));

  it("shifts by up to the given share either way, and all in between", () => {
    const shifts = Array.from({ length: 400 }, (_, i) => (augmented({ widthShift: 0.25 }, `${i}`).x[3] ?? 0) - 3);
    expect(Math.min(...shifts)).toBeGreaterThanOrEqual(-2);
    expect(Math.min(...shifts)).toBeLessThan(-1.9);
    expect(Math.max(...shifts)).toBeLessThanOrEqual(2);
    expect(Math.max(...shifts)).toBeGreaterThan(1.9);
    expect(Math.abs(shifts.reduce((a, b) => a + b, 0) / 400)).toBeLessThan(0.25);
  });

  it("flips every other picture, whatever else it does", () => {
    const flips = Array.from({ length: 400 }, (_, i) => augmented({ horizontalFlip: true }, `${i}`).x[0] === 7);
    expect(Math.abs(flips.filter(Boolean).length - 200)).toBeLessThan(40);
    for (let i = 0; i < 20; i++) {
      const both = augmented({ horizontalFlip: true, widthShift: 0.1 }, `${i}`).x;
      expect((both[0] ?? 0) > (both[7] ?? 0)).toBe(flips[i]);
    }
  });

  it("repeats itself, leaves the example as it was and its label alone", () => {
    const options = { rotation: 30, zoom: 0.2, shear: 10, heightShift: 0.1, fill: "reflect" } as const;
    const [once, again] = [augmented(options, "seed"), augmented(options, "seed")];
    expect(once).toEqual(again);
    expect(once.x).not.toEqual(x);
    expect(once.y).toBe(3);
    expect(x).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
  });

  it("refuses what makes no sense", () => {
    expect(() => augmentation([3], {})).toThrow("the input is [3]; pictures are [height, width, channels]");
    expect(() => augmentation(shape, { zoom: 1 })).toThrow("zoom is 1; it must be at least 0 and below 1");
    expect(() => augmentation(shape, { shear: -1 })).toThrow("shear is -1; it must be at least 0.");
    expect(() => augmentation(shape, { rotation: Number.NaN })).toThrow("rotation is NaN");
  });
});
