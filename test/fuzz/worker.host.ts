// Runs mutants of one format and tells of each on a line: worker.host.ts FORMAT SEED COUNT, started by watch.host.ts.

import { examine } from "./examine.ts";
import { type FormatName, formats } from "./formats.ts";
import { makeMutant, type Result } from "./fuzz.ts";
import { resetPeak, residentMemory } from "./peak-memory.host.ts";

/** One line of a worker: a mutant that begins, or how it ended. */
export type Line = { readonly begins: number } | { readonly result: Result; readonly grewBytes: number };

const say = (line: Line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function run(name: FormatName, first: number, count: number): Promise<void> {
  const format = formats.find((candidate) => candidate.name === name);
  if (!format) throw new Error(`there is no format ${name}`);
  const seeds = await format.seeds();
  // What is loaded and compiled once belongs to the baseline.
  for (const seed of seeds) await examine(format, seed);
  for (let seed = first; seed < first + count; seed++) {
    const { files, mutation } = makeMutant(format, seeds, seed);
    say({ begins: seed });
    resetPeak();
    const before = residentMemory()?.now ?? 0;
    const verdict = await examine(format, files);
    const grewBytes = (residentMemory()?.peak ?? 0) - before;
    say({ result: { seed, mutation, ...verdict }, grewBytes });
  }
}

const [format, first, count] = process.argv.slice(2);
await run(format as FormatName, Number(first), Number(count));
