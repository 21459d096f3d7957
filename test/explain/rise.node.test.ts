import { expect, it } from "vitest";
import { riseMask } from "../../src/explain/methods/rise.ts";

const size = { width: 45, height: 32 };
const asked = { cells: 7, probability: 0.5, seed: "0/1" };

it("draws the same mask for the same seed, and another for another", () => {
  const mask = riseMask(size, asked);
  expect(mask).toHaveLength(45 * 32);
  expect(riseMask(size, asked)).toEqual(mask);
  expect(riseMask(size, { ...asked, seed: "0/2" })).not.toEqual(mask);
  expect(Math.min(...mask)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...mask)).toBeLessThanOrEqual(1);
});

it("lets through the share that was asked for, everywhere", () => {
  const count = 2000;
  for (const probability of [0.5, 0.2]) {
    const sum = new Float64Array(45 * 32);
    for (let i = 0; i < count; i++)
      for (const [at, value] of riseMask(size, { cells: 5, probability, seed: i }).entries()) {
        sum[at] = (sum[at] ?? 0) + value;
      }
    // a cell's standard deviation is at most 0.5: four of the mean's are 0.045
    for (const total of sum) expect(Math.abs(total / count - probability)).toBeLessThan(0.045);
  }
});

it("changes between neighbouring pixels by no more than a cell's slope, and with one cell not at all", () => {
  const mask = riseMask(size, { ...asked, cells: 4 });
  const cells = (45 / 4) * (5 / 4); // pixels from one cell's centre to the next, and a bit for rounding up
  for (let y = 0; y < 32; y++)
    for (let x = 1; x < 45; x++) {
      const step = Math.abs((mask[y * 45 + x] ?? 0) - (mask[y * 45 + x - 1] ?? 0));
      expect(step).toBeLessThanOrEqual(1 / cells + 1e-6);
    }
  const flat = riseMask(size, { cells: 1, probability: 0.5, seed: 3 });
  expect(new Set(flat).size).toBe(1);
});
