import { expect, test } from "vitest";
import { formats } from "./formats.ts";
import { describeFailure, runMutant } from "./fuzz.ts";

// `npm run fuzz` runs any number, in Deno, and watches for what a test cannot survive.
const first = 1;
const count = 1000;

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
