// Reads every hostile fixture in a fresh process and says of each, as a line of JSON, how it ended and what it took.
import { readdirSync, readFileSync } from "node:fs";
import type { Verdict } from "./examine.ts";
import { examineFile } from "./one-file.ts";
import { resetPeak, residentMemory } from "./peak-memory.host.ts";

export interface Measured extends Verdict {
  readonly file: string;
  /** Most memory held above what was held before; undefined where the system does not tell. */
  readonly grewBytes?: number;
}

const fixtures = new URL("../fixtures/", import.meta.url);

async function measure(folder: string, file: string): Promise<Measured> {
  const bytes = new Uint8Array(readFileSync(new URL(`${folder}/${file}`, fixtures)));
  resetPeak();
  const before = residentMemory();
  const verdict = await examineFile(file, bytes);
  const after = residentMemory();
  return { file, ...verdict, ...(before && after ? { grewBytes: after.peak - before.now } : {}) };
}

for (const folder of ["weights", "keras3", "hostile"]) {
  const files = readdirSync(new URL(`${folder}/`, fixtures)).sort();
  for (const file of files.filter((name) => folder === "hostile" || name.includes("hostile")))
    console.log(JSON.stringify(await measure(folder, file)));
}
