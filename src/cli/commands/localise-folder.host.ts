import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { BacklightError } from "../../errors.ts";
import { isFolder } from "../files.host.ts";
import type { ResultLine } from "./localise-lines.ts";
import type { LocaliseSettings, Shard } from "./localise-settings.ts";

const resultsName = "results.jsonl";
const settingsName = "settings.json";

/** What results.jsonl was made of and with. */
export interface RunFacts {
  readonly settings: LocaliseSettings;
  readonly dir: string;
  readonly boxes: string;
  readonly shard?: Shard | undefined;
  /** Pictures with boxes in the whole data set, and in this shard. */
  readonly pictures: number;
  readonly share: number;
  readonly withoutBoxes: number;
  readonly missing: number;
}

/** The results of one run: a line for each picture, written as it is done, so that a run that was stopped goes on. */
export class ResultsFolder {
  readonly path: string;
  readonly lines: ResultLine[];
  readonly #file: number;

  /** @param options.resume goes on with what is there
   * @throws BacklightError where results are in the way, or were made in another way */
  constructor(path: string, facts: RunFacts, options: { readonly resume: boolean }) {
    this.path = path;
    const results = join(path, resultsName);
    try {
      mkdirSync(path, { recursive: true });
      const old = existsSync(results) ? parseLines(results) : { lines: [], wholeBytes: 0 };
      if (old.lines.length > 0) checkResume(path, facts, options.resume);
      if (existsSync(results)) truncateSync(results, old.wholeBytes);
      this.lines = old.lines;
      writeFileSync(join(path, settingsName), `${JSON.stringify(facts, undefined, 2)}\n`);
      this.#file = openSync(results, "a");
    } catch (cause) {
      if (cause instanceof BacklightError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new BacklightError(`cannot write to the folder ${path}: ${why}. Choose another with --out.`, { cause });
    }
  }

  /** One write for each line: whoever stops the program loses the pictures at hand, and no others. */
  append(line: ResultLine): void {
    this.lines.push(line);
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function checkResume(path: string, facts: RunFacts, resume: boolean): void {
  if (!resume)
    throw new BacklightError(
      `${path} has results already. Go on with them (--resume) or choose another folder (--out).`,
    );
  const old = readFacts(path);
  const [before, now] = [flat(old), flat(facts)];
  const changed = [...new Set([...before.keys(), ...now.keys()])].find((key) => before.get(key) !== now.get(key));
  if (changed === undefined) return;
  const [was, is] = [before.get(changed) ?? "not given", now.get(changed) ?? "not given"];
  throw new BacklightError(
    `${path} was begun with ${changed} ${was}, which is ${is} now. Give the same again, or choose another --out.`,
  );
}

/** What must be the same for lines to stand in one file. Folders may be mounted elsewhere. */
function flat({ settings, boxes, shard, pictures }: RunFacts): Map<string, string> {
  const all = { ...settings, boxes: basename(boxes), shard: shard && `${shard.index}/${shard.count}`, pictures };
  return new Map(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));
}

/** @throws BacklightError if the folder is none of a run */
export function readFacts(path: string): RunFacts {
  try {
    const facts = JSON.parse(readFileSync(join(path, settingsName), "utf8")) as RunFacts;
    if (typeof facts?.settings?.method === "string" && typeof facts.pictures === "number") return facts;
  } catch (cause) {
    throw new BacklightError(`${path} is no folder of \`backlight localise\`: its ${settingsName} cannot be read.`, {
      cause,
    });
  }
  throw new BacklightError(`${path}: ${settingsName} does not say what \`backlight localise\` writes into it.`);
}

/** The lines of a run's folder.
 * @throws BacklightError with the line that is wrong */
export function readResults(path: string): ResultLine[] {
  const results = join(path, resultsName);
  if (!isFolder(path) || !existsSync(results))
    throw new BacklightError(`${path} has no ${resultsName}: it is no folder of \`backlight localise\`.`);
  return parseLines(results).lines;
}

/** A last line without its end was being written when the program was stopped: it does not count. */
function parseLines(results: string): { lines: ResultLine[]; wholeBytes: number } {
  const bytes = readFileSync(results);
  const wholeBytes = bytes.lastIndexOf(10) + 1;
  const texts = bytes.subarray(0, wholeBytes).toString("utf8").split("\n").slice(0, -1);
  const lines = texts.map((text, i) => {
    const line = parsed(text);
    if (line) return line;
    throw new BacklightError(`${results}, line ${i + 1}: this is no result of \`backlight localise\`.`);
  });
  return { lines, wholeBytes };
}

function parsed(text: string): ResultLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<ResultLine>;
    const isResult =
      "results" in line ? Array.isArray(line.results) : "error" in line && typeof line.error === "string";
    return typeof line.image === "string" && isResult ? (line as ResultLine) : undefined;
  } catch {
    return undefined;
  }
}
