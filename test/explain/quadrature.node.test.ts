// Integrals over [0, 1] against what they are.
import { expect, it } from "vitest";
import { quadratureOf } from "../../src/explain/methods/quadrature.ts";

function integral(name: "midpoint" | "gauss-legendre", count: number, f: (x: number) => number): number {
  return quadratureOf(name, count).reduce((sum, { at, weight }) => sum + weight * f(at), 0);
}

it.each([1, 2, 3, 5, 16, 33])("Gauss-Legendre with %i points is exact for polynomials of degree 2 n - 1", (count) => {
  for (let degree = 0; degree <= 2 * count - 1; degree++)
    expect(integral("gauss-legendre", count, (x) => x ** degree)).toBeCloseTo(1 / (degree + 1), 12);
  const points = quadratureOf("gauss-legendre", count).map(({ at }) => at);
  expect(points).toEqual(points.toSorted((a, b) => a - b));
});

it("the midpoint rule is exact for straight lines and converges with the square of its steps", () => {
  expect(integral("midpoint", 7, (x) => 3 * x - 1)).toBeCloseTo(0.5, 12);
  const error = (count: number) => Math.abs(integral("midpoint", count, Math.exp) - (Math.E - 1));
  expect(error(10) / error(20)).toBeCloseTo(4, 2);
});

it("refuses another name with the nearest", () => {
  expect(() => quadratureOf("midpont" as "midpoint", 3)).toThrow('Did you mean "midpoint"?');
});
