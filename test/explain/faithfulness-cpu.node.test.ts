// What the faithfulness metrics compute on the CPU: similarity, imputation, streams of results.
import { describe, expect, it } from "vitest";
import { NonFiniteError, ShapeError } from "../../src/errors.ts";
import { perPixel, ranking } from "../../src/explain/faithfulness/attribution.ts";
import { baselineOf } from "../../src/explain/faithfulness/baseline.ts";
import { areaUnder } from "../../src/explain/faithfulness/curve.ts";
import { imputed } from "../../src/explain/faithfulness/impute.ts";
import { MetricStream } from "../../src/explain/faithfulness/metric-stream.ts";
import { rankCorrelation } from "../../src/explain/faithfulness/rank-correlation.ts";
import { ssim } from "../../src/explain/faithfulness/ssim.ts";
import { generator } from "../../src/random.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { hashWeight } from "../support/hash-weights.ts";
import { randomValues } from "../support/random.ts";

interface Similarity {
  readonly shape: readonly [number, number];
  readonly step: number;
  readonly ssim: number;
  readonly rankCorrelation: number;
}

const { similarity } = await readJsonFixture<{ similarity: readonly Similarity[] }>("golden/explain/faithfulness.json");

function mapsOf({ shape, step }: Similarity) {
  const [height, width] = shape;
  const drawn = (side: string) =>
    hashWeight(`${side}${height}`, "seed", shape).map((value) => halfToEven(value * step) / step);
  const [a, b] = [drawn("a"), drawn("b")];
  return { a: { width, height, data: a }, b: { width, height, data: a.map((value, i) => value + (b[i] ?? 0) / 2) } };
}

/** As NumPy rounds. */
function halfToEven(value: number): number {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

describe("similarity of maps", () => {
  it.each(similarity)("$shape: scikit-image's SSIM and scipy's rank correlation", (golden) => {
    const { a, b } = mapsOf(golden);
    expect(ssim(a, b)).toBeCloseTo(golden.ssim, 7);
    expect(rankCorrelation(a.data, b.data)).toBeCloseTo(golden.rankCorrelation, 10);
  });

  it("is 1 of a map with itself, and lower the more noise is added", () => {
    const at = (noise: number) => {
      const data = randomValues("map", 20 * 17);
      const other = randomValues("noise", 20 * 17).map((value, i) => (data[i] ?? 0) + noise * value);
      return ssim({ width: 20, height: 17, data }, { width: 20, height: 17, data: other }, { range: 2 });
    };
    expect(at(0)).toBeCloseTo(1, 12);
    expect(at(0.1)).toBeLessThan(at(0.01));
    expect(at(1)).toBeLessThan(at(0.1));
  });

  it("refuses maps of two sizes and windows that do not fit", () => {
    const map = (width: number) => ({ width, height: 8, data: randomValues("map", 8 * width) });
    expect(() => ssim(map(8), map(9))).toThrow(ShapeError);
    expect(() => ssim(map(5), map(5))).toThrow(/window is 7/);
    expect(() => rankCorrelation([1], [1, 2])).toThrow(ShapeError);
  });

  it("rank correlation sees the order alone, and is 0 of a constant", () => {
    const values = randomValues("ranks", 100);
    expect(rankCorrelation(values, values.map(Math.exp))).toBeCloseTo(1, 12);
    expect(
      rankCorrelation(
        values,
        values.map((value) => -(value ** 3)),
      ),
    ).toBeCloseTo(-1, 12);
    expect(rankCorrelation(values, new Float32Array(100))).toBe(0);
  });
});

describe("imputation", () => {
  const [width, height, channels] = [13, 11, 2];
  const size = width * height;
  const keptAt = (share: number, seed: string) => {
    const next = generator(seed);
    return Uint8Array.from({ length: size }, (_, i) => (i === 7 || next() < share ? 1 : 0));
  };

  it.each([0.9, 0.4, 0.05])("with %d kept solves the authors' equations", (share) => {
    const values = randomValues("picture", size * channels);
    const kept = keptAt(share, "kept");
    const result = imputed({ values, width, height, channels }, kept, { noise: 0 });
    let missing = 0;
    for (let pixel = 0; pixel < size; pixel++) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      for (let c = 0; c < channels; c++) {
        const value = result[pixel * channels + c] ?? Number.NaN;
        if (kept[pixel]) {
          expect(value).toBe(values[pixel * channels + c]);
          continue;
        }
        let [sum, weights] = [0, 0];
        for (const dy of [-1, 0, 1])
          for (const dx of [-1, 0, 1]) {
            const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
            if (!inside || (dx === 0 && dy === 0)) continue;
            const weight = dx === 0 || dy === 0 ? 1 / 6 : 1 / 12;
            sum += weight * (result[((y + dy) * width + x + dx) * channels + c] ?? 0);
            weights += weight;
          }
        expect(Math.abs(value - sum / weights)).toBeLessThan(1e-6);
        missing++;
      }
    }
    expect(missing).toBeGreaterThan(0);
  });

  it("leaves a plane as it is, and a single value everywhere where only one pixel is kept", () => {
    const one = new Uint8Array(size);
    one[60] = 1;
    const values = randomValues("picture", size);
    const result = imputed({ values, width, height, channels: 1 }, one, { noise: 0 });
    for (const value of result) expect(value).toBeCloseTo(values[60] ?? Number.NaN, 5);
  });

  it("adds seeded noise of the deviation asked for to imputed samples alone", () => {
    const picture = { values: randomValues("picture", 40 * 40), width: 40, height: 40, channels: 1 };
    const kept = Uint8Array.from({ length: 1600 }, (_, i) => i % 2);
    const [plain, noisy, again] = [
      imputed(picture, kept, { noise: 0 }),
      imputed(picture, kept, { noise: 0.5, seed: 3 }),
      imputed(picture, kept, { noise: 0.5, seed: 3 }),
    ];
    expect(noisy).toEqual(again);
    const noise = noisy.map((value, i) => value - (plain[i] ?? 0));
    expect(noise.filter((value, i) => value !== 0 && kept[i])).toHaveLength(0);
    const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / 800);
    expect(Math.abs(deviation - 0.5)).toBeLessThan(0.05);
  });

  it("refuses to make a picture of nothing", () => {
    const picture = { values: new Float32Array(4), width: 2, height: 2, channels: 1 };
    expect(() => imputed(picture, new Uint8Array(4))).toThrow(/no pixel is kept/);
  });
});

describe("orders, baselines and areas", () => {
  it("the most relevant pixel comes first, of equal ones the first", () => {
    const map = { width: 3, height: 2, data: Float32Array.of(0, 2, -1, 2, 5, 0) };
    expect([...ranking(map)]).toEqual([4, 1, 3, 0, 5, 2]);
  });

  it("maps with NaN have no order", () => {
    const map = { width: 2, height: 1, data: Float32Array.of(0, Number.NaN) };
    expect(() => perPixel(map, { width: 2, height: 1 })).toThrow(NonFiniteError);
  });

  it("maps of another size are resized", () => {
    const map = { width: 1, height: 1, data: Float32Array.of(3) };
    expect([...perPixel(map, { width: 2, height: 2 }).data]).toEqual([3, 3, 3, 3]);
  });

  it("baselines are a number, the mean colour, the blurred picture or an array", () => {
    const picture = { values: Float32Array.of(1, 10, 3, 30), width: 2, height: 1, channels: 2 };
    expect([...baselineOf(picture, 7)]).toEqual([7, 7, 7, 7]);
    expect([...baselineOf(picture, "mean")]).toEqual([2, 20, 2, 20]);
    expect([...baselineOf(picture, Float32Array.of(1, 2, 3, 4))]).toEqual([1, 2, 3, 4]);
    expect(() => baselineOf(picture, Float32Array.of(1))).toThrow(ShapeError);
    const white = { values: new Float32Array(30 * 30).fill(1), width: 30, height: 30, channels: 1 };
    const blurred = baselineOf(white, "blur");
    expect(blurred[15 * 30 + 15]).toBeCloseTo(1, 6);
    expect(blurred[0]).toBeLessThan(0.5);
  });

  it("the area under a straight line is its mean", () => {
    const line = [0, 0.25, 1].map((share) => ({ share, score: 1 - share }));
    expect(areaUnder(line)).toBeCloseTo(0.5, 12);
  });
});

describe("streams of results", () => {
  const results = [
    { auc: 1, increase: true, name: "a", curve: [{ share: 0, score: 2 }] },
    { auc: 2, increase: false, name: "b", curve: [{ share: 0, score: 4 }] },
    { auc: 6, increase: true, name: "c", curve: [{ share: 0, score: 9 }] },
  ];

  it("give means, shares and deviations", async () => {
    const metric = new MetricStream(async (i: number) => results[i] ?? { ...results[0], auc: Number.NaN });
    expect(metric.summary()).toBeUndefined();
    for (const i of results.keys()) expect(await metric.update(i)).toBe(results[i]);
    const summary = metric.summary();
    expect(summary?.count).toBe(3);
    expect(summary?.mean?.auc).toBeCloseTo(3, 12);
    expect(summary?.mean?.increase).toBeCloseTo(2 / 3, 12);
    expect(summary?.mean?.curve).toEqual([{ share: 0, score: 5 }]);
    expect(summary?.deviation?.auc).toBeCloseTo(Math.sqrt(7), 12);
    expect(summary?.deviation?.curve?.[0]?.score).toBeCloseTo(Math.sqrt(13), 12);
  });

  it("refuse results of another form, and stay as they were", () => {
    const metric = new MetricStream(async (values: { list: number[] }) => values);
    metric.add({ list: [1, 2] });
    expect(() => metric.add({ list: [1] })).toThrow(/same options/);
    expect(metric.summary()).toEqual({ count: 1, mean: { list: [1, 2] }, deviation: { list: [0, 0] } });
  });
});
