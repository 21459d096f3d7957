import { parseArgs } from "node:util";
import { nearest } from "../errors.ts";
import { UsageError } from "./usage.ts";

/** One option of a command. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  /** May be given more than once. */
  readonly multiple?: boolean;
  /** Name of the value in the help text. */
  readonly value?: string;
  /** What may be given, where that is a short list. */
  readonly choices?: readonly string[];
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** One command of the program: what it is called with, and what it does. */
export interface CommandSpec {
  readonly name: string;
  /** Names of the arguments in order; one ending in "?" may be left out, the last, ending in "...", repeated. */
  readonly args: readonly string[];
  readonly summary: string;
  /** More words for `--help`. */
  readonly details?: string;
  readonly options: OptionSpecs;
  /** The command has options of its own and gets the command line as it stands. */
  readonly readsItself?: true;
}

/** What stood on the command line, checked for form. */
export class ParsedOptions {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly args: readonly string[];

  constructor(values: ReadonlyMap<string, readonly string[]>, args: readonly string[]) {
    this.#values = values;
    this.args = args;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The last value given. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** An option whose value must be a whole number of at least `least`. */
  whole(name: string, least: number): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`--${name} is "${text}", but it must be a whole number of at least ${least}.`);
  }
}

/** Options that every command has. */
const commonOptions: OptionSpecs = {
  json: { type: "boolean", help: "print the results as JSON on standard output, everything else on standard error" },
  debug: { type: "boolean", help: "on failure, print where in the program it happened" },
  help: { type: "boolean", help: "print this text" },
};

/** Reads a command's arguments.
 * @throws UsageError for unknown options (with the nearest), missing values, and too many or too few arguments */
export function parseOptions(command: CommandSpec, argv: readonly string[]): ParsedOptions {
  const specs: OptionSpecs = { ...command.options, ...commonOptions };
  const options = Object.fromEntries(Object.entries(specs).map(([name, { type }]) => [name, { type, multiple: true }]));
  const { tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false, tokens: true });
  const values = new Map<string, string[]>();
  const args: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    const name = token.rawName === "-h" ? "help" : token.name;
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) throw unknownOption(token.rawName, command, Object.keys(specs));
    values.set(name, [...(values.get(name) ?? []), readValue(token, spec)]);
  }
  const parsed = new ParsedOptions(values, args);
  if (!parsed.has("help")) checkArgs(command, args);
  return parsed;
}

function readValue(
  token: { name: string; value?: string | undefined; inlineValue?: boolean | undefined },
  spec: OptionSpec,
): string {
  const { name, value } = token;
  if (spec.type === "boolean") {
    if (token.inlineValue) throw new UsageError(`--${name} takes no value, but got "${value}".`);
    return "";
  }
  // "--out --json": the next option is not a value; "--out=--json" says that it is
  if (value === undefined || value === "" || (!token.inlineValue && value.startsWith("--")))
    throw new UsageError(`--${name} needs a value: --${name} ${spec.value ?? "VALUE"}.`);
  if (spec.choices && !spec.choices.includes(value)) throw unknownChoice(`--${name}`, value, spec.choices);
  return value;
}

/** The error for a value that is none of the known ones. */
export function unknownChoice(what: string, value: string, choices: readonly string[]): UsageError {
  const guess = nearest(value, choices);
  return new UsageError(
    `${what}: there is no "${value}"; ${guess ? `did you mean "${guess}"? ` : ""}Known: ${choices.join(", ")}.`,
  );
}

function unknownOption(raw: string, command: CommandSpec, known: readonly string[]): UsageError {
  const guess = nearest(raw.replace(/^-+/, ""), known);
  const hint = guess ? ` Did you mean --${guess}?` : "";
  return new UsageError(
    `${command.name} has no option ${raw}.${hint} \`backlight ${command.name} --help\` lists them.`,
  );
}

function checkArgs(command: CommandSpec, args: readonly string[]): void {
  const least = command.args.filter((name) => !name.endsWith("?")).length;
  const usage = `Usage: ${usageLine(command)}`;
  if (args.length < least)
    throw new UsageError(`${command.name} needs ${command.args[args.length]?.replace("...", "")}. ${usage}`);
  if (args.length > command.args.length && !command.args.at(-1)?.endsWith("..."))
    throw new UsageError(`${command.name}: "${args[command.args.length]}" is one argument too many. ${usage}`);
}

/** `backlight predict MODEL INPUT [options]` */
export function usageLine({ name, args }: CommandSpec): string {
  const shown = args.map((arg) => (arg.endsWith("?") ? `[${arg.slice(0, -1)}]` : arg));
  return ["backlight", name, ...shown, "[options]"].join(" ");
}

/** The help text of one command. */
export function commandHelp(command: CommandSpec): string {
  const options = Object.entries({ ...command.options, ...commonOptions });
  const heads = options.map(([name, spec]) => `--${name}${spec.type === "string" ? ` ${spec.value ?? "VALUE"}` : ""}`);
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  const lines = options.map(([, { help, choices, multiple }], i) => {
    const known = choices ? `: ${choices.join(", ")}` : "";
    return `  ${(heads[i] ?? "").padEnd(width)}${help}${known}${multiple ? "; may be repeated" : ""}`;
  });
  const details = command.details ? ["", command.details] : [];
  return [`${command.summary}`, "", `Usage: ${usageLine(command)}`, ...details, "", "Options:", ...lines].join("\n");
}
