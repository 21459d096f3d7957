import { sep } from "node:path";
import { writeFolder } from "../files.host.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes } from "../usage.ts";
import { version } from "../version.ts";
import type { RunFacts } from "./localise-folder.host.ts";
import { isGood, metricRows, metricsOf, type ResultLine } from "./localise-lines.ts";
import { localiseHtml } from "./localise-report.ts";
import { drawSheet } from "./localise-sheet.host.ts";

const shownErrors = 20;

interface Finished {
  readonly path: string;
  readonly facts: RunFacts;
  readonly lines: readonly ResultLine[];
  /** More files for the folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes summary.json and report.html and says what they hold.
 * @returns the exit code: a failure where no picture could be explained */
export async function finish({ path, facts, lines, files = {} }: Finished, terminal: Terminal): Promise<number> {
  const sorted = [...lines].sort((a, b) => (a.image < b.image ? -1 : 1));
  const metrics = metricsOf(sorted);
  const errors = sorted.flatMap((line) => (isGood(line) ? [] : [line]));
  const summary = { ...facts, done: lines.length, version, metrics };
  await writeFolder(path, async (folder) => {
    for (const [name, text] of Object.entries(files)) folder.write(name, text);
    folder.write("summary.json", `${JSON.stringify(summary)}\n`);
    const sheet = await drawSheet(sorted, { dir: facts.dir, orient: facts.settings.orient });
    folder.write("report.html", localiseHtml({ facts, metrics, sheet, errors: errors.slice(0, shownErrors), version }));
  });
  const rows = metricRows(metrics, facts.settings.threshold);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value, meaning] of rows) terminal.say(`  ${name.padEnd(width)}  ${value.padStart(8)}  ${meaning}`);
  for (const { image, error } of errors.slice(0, shownErrors)) terminal.note(`no result for ${image}: ${error}`);
  if (errors.length > 0) terminal.note(`Pictures without result: ${errors.length} of ${lines.length}.`);
  terminal.say(`Wrote summary.json and report.html beside results.jsonl into ${path}${sep}`);
  terminal.result(summary);
  return metrics.explained > 0 ? exitCodes.ok : exitCodes.failure;
}
