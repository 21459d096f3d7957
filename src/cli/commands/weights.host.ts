import { fetchWeights, listWeights, verifyWeights, weightsPath } from "../../../weights/fetch.host.ts";
import { BacklightError } from "../../index.ts";
import { type ParsedOptions, unknownChoice } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes, UsageError } from "../usage.ts";
import { convert } from "./convert.host.ts";

type Action = (options: ParsedOptions, terminal: Terminal) => Promise<number> | number;

const actions: Readonly<Record<string, Action>> = { list, fetch: fetchOne, verify, path, convert };

/** `backlight weights ACTION [NAME] [OUT]` */
export async function runWeights(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [name = ""] = options.args;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw unknownChoice("weights", name, Object.keys(actions));
  return await action(options, terminal);
}

function nameOf({ args: [action = "", name, extra] }: ParsedOptions): string {
  if (extra !== undefined) throw new UsageError(`weights ${action} takes one name, but got "${extra}" too.`);
  if (name !== undefined) return name;
  throw new UsageError(`weights ${action} needs a name. \`backlight weights list\` shows the names.`);
}

function list({ args: [, extra] }: ParsedOptions, terminal: Terminal): number {
  if (extra !== undefined) throw new UsageError(`weights list takes no name, but got "${extra}".`);
  const files = listWeights();
  const width = Math.max(...files.map(({ name }) => name.length));
  for (const { name, title, sizeBytes, state, path: where } of files) {
    const there = state === "absent" ? "" : `: ${where}`;
    terminal.say(`${name.padEnd(width)}  ${megabytes(sizeBytes).padStart(8)}  ${state}${there}`);
    terminal.say(`${" ".repeat(width + 2)}${title}`);
  }
  terminal.result(files);
  return exitCodes.ok;
}

async function fetchOne(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const name = nameOf(options);
  const [url, baseUrl] = [options.get("url"), options.get("mirror")];
  const where = await fetchWeights(name, {
    ...(url === undefined ? {} : { url }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    onProgress: ({ receivedBytes, totalBytes }) => terminal.progress(`fetching ${name}`, receivedBytes, totalBytes),
  });
  terminal.say(where);
  terminal.result({ name, path: where });
  return exitCodes.ok;
}

function verify(options: ParsedOptions, terminal: Terminal): number {
  const name = nameOf(options);
  const check = verifyWeights(name);
  if (!check)
    throw new BacklightError(`${name} is not on this machine. Fetch it with \`backlight weights fetch ${name}\`.`);
  if (!check.ok)
    throw new BacklightError(`${check.path} is not ${name}: ${check.problem}. Delete it and fetch it again.`);
  terminal.say(`${check.path}: size and MD5 are right.`);
  terminal.result({ name, ...check });
  return exitCodes.ok;
}

function path(options: ParsedOptions, terminal: Terminal): number {
  const name = nameOf(options);
  const found = listWeights().find((file) => file.name === name);
  const where = found?.path ?? weightsPath(name);
  terminal.say(where);
  terminal.result({ name, path: where, state: found?.state });
  return exitCodes.ok;
}

function megabytes(bytes: number | undefined): string {
  if (bytes === undefined) return "? MB";
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 0)} MB`;
}
