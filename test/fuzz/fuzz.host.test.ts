import { expect, test } from "vitest";
import { lane } from "../support/gpu-env.ts";
import { formats } from "./formats.ts";
import { describeFailure, runMutant } from "./fuzz.ts";

// Each lane has mutants of its own: all 2000 of a format in Node, where they are quickest, and 300 others in each Deno.
// `npm run fuzz` runs any number, and watches for what a test cannot survive.
const { first, count } =
  lane() === "node-dawn"
    ? { first: 1, count: 2000 }
    : { first: lane() === "deno-lavapipe" ? 10_001 : 20_001, count: 300 };

test.each(formats)("$name: damaged files are read to their end or refused", { timeout: 600_000 }, async (format) => {
  const seeds = await format.seeds();
  const failures: string[] = [];
  const kinds = { accepted: 0, refused: 0, failed: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const result = await runMutant(format, seeds, seed);
    kinds[result.kind]++;
    if (result.kind === "failed") failures.push(describeFailure(format.name, result));
  }
  expect(failures.slice(0, 5)).toEqual([]);
  // Mutations that always or never end in a refusal would test little.
  expect(kinds.refused).toBeGreaterThan(count / 10);
  expect(kinds.accepted).toBeGreaterThan(count / 50);
});

test.each(formats)("$name: the files that the mutants are made of can be read", async (format) => {
  const seeds = await format.seeds();
  for (const files of seeds) {
    const file = await format.open(files);
    for (const layer of file.layers) for (const weight of layer.weights) expect(weight.read()).toBeDefined();
    file.close();
  }
});
