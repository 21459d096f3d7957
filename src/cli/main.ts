import process from "node:process";
import { type Command, commands, findCommand, generalHelp } from "./commands.ts";
import { exitProcess } from "./gpu.host.ts";
import { commandHelp, ParsedOptions, parseOptions } from "./options.ts";
import { Terminal } from "./terminal.host.ts";
import { exitCodes, UsageError } from "./usage.ts";
import { version } from "./version.ts";

/** Runs the command line and returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const [name = "", ...rest] = argv;
  if (name === "" || name === "--help" || name === "-h" || name === "help") return help(rest);
  if (name === "--version" || name === "-v" || name === "version") return print(version);
  const command = findCommand(name);
  const options = command.spec.readsItself ? new ParsedOptions(new Map(), rest) : parseOptions(command.spec, rest);
  if (options.has("help")) return print(commandHelp(command.spec));
  const run = await command.load();
  return await run(options, new Terminal({ json: options.has("json") }));
}

function help([topic]: readonly string[]): number {
  const command: Command | undefined = topic === undefined ? undefined : findCommand(topic);
  return print(command ? commandHelp(command.spec) : generalHelp(commands, version));
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

function report(error: unknown, debug: boolean): number {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`backlight: ${oneLine(message)}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${stackOf(error)}\n`);
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failure;
}

/** Lists become sentences; what is longer than a list, such as a program with its line numbers, is for --debug. */
function oneLine(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  if (lines.length > mostLines) return `${lines[0]} (--debug shows ${lines.length - 1} lines more)`;
  return lines.map((line, i) => (i === lines.length - 1 || /[.:;,?!]$/.test(line) ? line : `${line};`)).join(" ");
}

const mostLines = 30;

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

const argv = process.argv.slice(2);
const debug = argv.includes("--debug");
process.stdout.on("error", (error) => {
  // Whoever reads has seen enough (`| head`): the work is done all the same.
  if (!("code" in error && error.code === "EPIPE")) process.exitCode ??= report(error, debug);
});
process.stderr.on("error", () => {}); // nobody is left to be told
const code = await main(argv).catch((error: unknown) => report(error, debug));
await exitProcess(code);
