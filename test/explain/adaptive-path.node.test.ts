// The adaptive midpoint rule on functions of one number, whose slopes and integrals are known.
import { expect, it } from "vitest";
import { integrateAdaptively } from "../../src/explain/methods/adaptive-path.ts";
import type { QuadraturePoint } from "../../src/explain/methods/quadrature.ts";

interface Curve {
  readonly y: (alpha: number) => number;
  readonly slope: (alpha: number) => number;
}

/** A row for each curve; the points that were asked for are kept. */
async function integrated(...curves: readonly Curve[]) {
  const points: QuadraturePoint[] = [];
  const steps = await integrateAdaptively({
    add: async (more) => {
      points.push(...more);
      return curves.map(({ slope }) => Float32Array.from(more, ({ at }) => slope(at)));
    },
    valuesAt: async (alphas) => curves.map(({ y }) => Float32Array.from(alphas, y)),
  });
  const sums = curves.map(({ slope }) => points.reduce((sum, { at, weight }) => sum + weight * slope(at), 0));
  return { points, steps, sums };
}

/** Straight but for a zigzag of many kinks near 0: what ReLU networks do near a baseline of one colour. */
const zigzag: Curve = {
  y: (alpha) => alpha + (alpha < 0.1 ? Math.abs(((alpha * 60) % 2) - 1) - 1 : 0),
  slope: (alpha) => 1 + (alpha < 0.1 ? 60 * Math.sign(((alpha * 60) % 2) - 1) : 0),
};

it("takes 32 points where they suffice", async () => {
  const { points, steps, sums } = await integrated({ y: (a) => a * a, slope: (a) => 2 * a });
  expect([points.length, steps]).toEqual([32, 32]);
  expect(sums[0]).toBeCloseTo(1, 12);
});

it("takes more where the error is, and only there", async () => {
  const { points, steps, sums } = await integrated(zigzag);
  const gained = zigzag.y(1) - zigzag.y(0);
  expect(Math.abs((sums[0] ?? 0) / gained - 1)).toBeLessThan(0.01);
  const later = points.slice(32);
  expect(later.length).toBeGreaterThan(0);
  expect(Math.max(...later.map(({ at }) => at))).toBeLessThan(0.13);
  expect(steps).toBe(32 + (2 / 3) * later.length);
  expect(points.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
});

it("does not stop because errors happen to cancel", async () => {
  // two steps of opposite sign, each in the middle of a part's half: the sum is right from the beginning
  const step = (alpha: number, at: number) => Math.min(Math.max((alpha - at) * 640, 0), 1);
  const inside = (alpha: number, at: number) => (alpha > at && alpha < at + 1 / 640 ? 640 : 0);
  const [up, down] = [5.1 / 32, 20.1 / 32];
  const curve: Curve = {
    y: (alpha) => alpha + step(alpha, up) - step(alpha, down),
    slope: (alpha) => 1 + inside(alpha, up) - inside(alpha, down),
  };
  const { points, steps, sums } = await integrated(curve);
  expect(steps).toBeGreaterThan(32);
  expect(sums[0]).toBeCloseTo(1, 2);
  const found = points.slice(32).map(({ at }) => Math.floor(at * 32));
  expect(found).toContain(5);
  expect(found).toContain(20);
});

it("divides for every row that is not done, and gives up at 512", async () => {
  const jump: Curve = { y: (alpha) => (alpha < 0.7 ? 0 : 1), slope: () => 0 };
  const { points, steps } = await integrated({ y: (a) => a, slope: () => 1 }, jump);
  expect(steps).toBeLessThanOrEqual(512);
  expect(points.length).toBeGreaterThan(256);
  const { steps: nothing } = await integrated({ y: () => 3, slope: () => 0 });
  expect(nothing).toBe(32);
});
