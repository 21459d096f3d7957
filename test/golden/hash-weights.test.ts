// The hash weights are those of Python, bit for bit.
import { expect, it } from "vitest";
import { readJsonFixture } from "../support/fixture.ts";
import { hashSeed, hashWeight, hashWeightRows } from "../support/hash-weights.ts";

interface Check {
  readonly layer: string;
  readonly weight: string;
  readonly shape: number[];
  readonly seed: number;
  readonly indices: number[];
  readonly bits: number[];
  readonly sumBits: number;
}

const { checks } = await readJsonFixture<{ checks: Check[] }>("golden/hash-weights.json");

it.each(checks)("$layer/$weight", ({ layer, weight, shape, seed, indices, bits, sumBits }) => {
  expect(hashSeed(layer, weight)).toBe(seed);
  const rows = shape[0] ?? 0;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const rowSize = size / rows;
  for (const [i, index] of indices.entries()) {
    const row = hashWeightRows(layer, weight, shape, Math.floor(index / rowSize), 1);
    expect(new Uint32Array(row.buffer)[index % rowSize], `element ${index}`).toBe(bits[i]);
  }
  if (size > 4_000_000) return expect(sumOfBits(layer, weight, shape, Math.ceil(rows / 32))).toBe(sumBits);
  const words = new Uint32Array(hashWeight(layer, weight, shape).buffer);
  expect(words.reduce((sum, word) => (sum + word) >>> 0, 0)).toBe(sumBits);
});

/** The sum modulo 2^32, made in pieces of `step` rows. */
function sumOfBits(layer: string, weight: string, shape: readonly number[], step: number): number {
  const rows = shape[0] ?? 0;
  let sum = 0;
  for (let row = 0; row < rows; row += step) {
    const part = hashWeightRows(layer, weight, shape, row, Math.min(step, rows - row));
    sum = new Uint32Array(part.buffer).reduce((total, word) => (total + word) >>> 0, sum);
  }
  return sum;
}
