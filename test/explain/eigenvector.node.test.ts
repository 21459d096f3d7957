// The first right singular vector against matrices whose decomposition is known.
import { expect, it } from "vitest";
import { firstRightSingularVector } from "../../src/explain/methods/eigenvector.ts";
import { generator } from "../../src/random.ts";
import { randomValues } from "../support/random.ts";

/** Rows of sum_i s_i u_i v_i^T for orthonormal u and v made by Gram-Schmidt. */
function known(singular: readonly number[], rows: number, columns: number, seed: string) {
  const u = orthonormal(singular.length, rows, `${seed} u`);
  const v = orthonormal(singular.length, columns, `${seed} v`);
  const values = Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return singular.reduce((sum, s, k) => sum + s * (u[k]?.[i] ?? 0) * (v[k]?.[j] ?? 0), 0);
  });
  return { values, u: u[0] ?? [], v: v[0] ?? [] };
}

function orthonormal(count: number, length: number, seed: string): number[][] {
  const next = generator(seed);
  const found: number[][] = [];
  while (found.length < count) {
    let vector = Array.from({ length }, () => next() - 0.4);
    for (const other of found) {
      const along = vector.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
      vector = vector.map((value, i) => value - along * (other[i] ?? 0));
    }
    const norm = Math.hypot(...vector);
    found.push(vector.map((value) => value / norm));
  }
  return found;
}

it.each([
  [49, 16],
  [16, 49],
  [30, 30],
  [1, 7],
  [7, 1],
])("%i rows of %i", (rows, columns) => {
  const singular = [5, 4.5, 1].slice(0, Math.min(rows, columns));
  const { values, u, v } = known(singular, rows, columns, `${rows}x${columns}`);
  const found = firstRightSingularVector(values, rows, columns);
  const sign = u.reduce((a, b) => a + b, 0) < 0 ? -1 : 1; // the projections are 5 u
  for (const [j, value] of v.entries()) expect(found[j]).toBeCloseTo(sign * value, 9);
});

it("is the same for a matrix in other units, however small or large", () => {
  const values = randomValues("units", 60);
  const wanted = Array.from(firstRightSingularVector(values, 12, 5), (value) => value.toFixed(9));
  for (const factor of [1e-200, 1e200]) {
    const scaled = Array.from(values, (value) => value * factor);
    expect(Array.from(firstRightSingularVector(scaled, 12, 5), (value) => value.toFixed(9))).toEqual(wanted);
  }
});

it("of minus a matrix it is minus the vector, so that the projections stay as they are", () => {
  const values = randomValues("minus", 60);
  const minus = values.map((value) => -value);
  const [a, b] = [firstRightSingularVector(values, 12, 5), firstRightSingularVector(minus, 12, 5)];
  expect(Array.from(b)).toEqual(Array.from(a, (value) => -value));
});

it("a matrix of zeros has no direction, and a wrong number of values is refused", () => {
  expect(Array.from(firstRightSingularVector(new Float32Array(12), 4, 3))).toEqual([0, 0, 0]);
  expect(() => firstRightSingularVector([1, 2, 3], 2, 2)).toThrow("got 3 values for 2 rows of 2; it takes 4");
});
