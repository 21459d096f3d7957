import { resolve } from "node:path";
import { BacklightError } from "../../errors.ts";
import type { Terminal } from "../terminal.host.ts";
import { UsageError } from "../usage.ts";
import { type RunFacts, readFacts, readResults } from "./localise-folder.host.ts";
import { isGood, type ResultLine } from "./localise-lines.ts";
import { finish } from "./localise-summary.host.ts";

/** `backlight localise merge OUT PART...`: the results of shards become those of one run. */
export async function mergeParts([out, ...parts]: readonly string[], terminal: Terminal): Promise<number> {
  if (out === undefined || parts.length === 0)
    throw new UsageError("localise merge needs OUT and the folders of the parts: localise merge OUT PART...");
  if (parts.some((part) => resolve(part) === resolve(out)))
    throw new UsageError(`localise merge: ${out} is a part itself. Choose another folder to write to.`);
  const all = parts.map((part) => ({ part, facts: readFacts(part), lines: readResults(part) }));
  const [first, ...others] = all;
  if (!first) throw new UsageError("localise merge needs the folders of the parts.");
  for (const other of others) checkSame(first, other);
  const lines = merged(all.flatMap((one) => one.lines));
  const { shard: _shard, ...shared } = first.facts;
  const facts: RunFacts = { ...shared, share: first.facts.pictures };
  if (lines.length < facts.pictures)
    terminal.note(`The parts hold ${lines.length} of ${facts.pictures} pictures: some are missing or not finished.`);
  const files = {
    "settings.json": `${JSON.stringify(facts, undefined, 2)}\n`,
    "results.jsonl": lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  };
  return await finish({ path: resolve(out), facts, lines, files }, terminal);
}

interface Part {
  readonly part: string;
  readonly facts: RunFacts;
}

function checkSame(a: Part, b: Part): void {
  const whole = ({ facts: { settings, pictures } }: Part) => new Map(Object.entries({ ...settings, pictures }));
  const [mine, its] = [whole(a), whole(b)];
  const key = [...new Set([...mine.keys(), ...its.keys()])].find((one) => mine.get(one) !== its.get(one));
  if (key === undefined) return;
  const shown = (value: unknown) => (value === undefined ? "not given" : String(value));
  throw new BacklightError(
    `${a.part} and ${b.part} do not belong together: ${key} is ${shown(mine.get(key))} in one, ${shown(its.get(key))} in the other.`,
  );
}

/** Each picture once, sorted; a result stands above a failure of another part. */
function merged(lines: readonly ResultLine[]): ResultLine[] {
  const byImage = new Map<string, ResultLine>();
  for (const line of lines) {
    const known = byImage.get(line.image);
    if (!known || (!isGood(known) && isGood(line))) byImage.set(line.image, line);
  }
  return [...byImage.values()].sort((a, b) => (a.image < b.image ? -1 : 1));
}
