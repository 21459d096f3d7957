// Seeded random numbers: repeatable, and of the distribution that they claim.
import { expect, it } from "vitest";
import { gaussian, uniform } from "../src/random.ts";

const COUNT = 100_000;

function moments(values: Float32Array): { mean: number; variance: number; fourth: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const power = (k: number) => values.reduce((a, b) => a + (b - mean) ** k, 0) / values.length;
  return { mean, variance: power(2), fourth: power(4) };
}

it("uniform numbers fill [0, 1) evenly", () => {
  const values = uniform(7, COUNT);
  const { mean, variance } = moments(values);
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.004); // 4 standard errors: 4 sqrt(1/12 / 100000)
  expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.001);
  const bins = new Array<number>(20).fill(0);
  for (const value of values) bins[Math.floor(value * 20)] = (bins[Math.floor(value * 20)] ?? 0) + 1;
  for (const bin of bins) expect(Math.abs(bin - COUNT / 20)).toBeLessThan(280);
  expect(Math.min(...bins)).toBeGreaterThan(0);
});

it("gaussian numbers have the moments and the tails of the normal distribution", () => {
  const values = gaussian("noise", COUNT);
  const { mean, variance, fourth } = moments(values);
  expect(Math.abs(mean)).toBeLessThan(0.013);
  expect(Math.abs(variance - 1)).toBeLessThan(0.018);
  expect(Math.abs(fourth - 3)).toBeLessThan(0.13);
  const beyond = (limit: number) => values.filter((value) => Math.abs(value) > limit).length / COUNT;
  expect(beyond(1)).toBeCloseTo(0.3173, 2);
  expect(beyond(2)).toBeCloseTo(0.0455, 2);
  expect(beyond(3)).toBeCloseTo(0.0027, 3);
});

it("a seed repeats its numbers, another does not, and a longer draw begins as a shorter", () => {
  for (const draw of [uniform, gaussian]) {
    expect(draw(3, 50)).toEqual(draw(3, 50));
    expect(draw(3, 50)).toEqual(draw("3", 50));
    expect(draw(3, 50)).not.toEqual(draw(4, 50));
    expect(draw(3, 80).subarray(0, 50)).toEqual(draw(3, 50));
    expect(draw(3, 0)).toHaveLength(0);
  }
});

it("the numbers themselves are part of what users repeat", () => {
  expect(Array.from(uniform(0, 3))).toEqual(UNIFORM);
  expect(Array.from(gaussian(0, 3))).toEqual(GAUSSIAN);
});

const UNIFORM = [0.5084708333015442, 0.6780896782875061, 0.16907238960266113];
const GAUSSIAN = [0.09649308770895004, 2.028657913208008, -0.056401755660772324];
