import { nearest } from "../errors.ts";
import {
  benchSpec,
  doctorSpec,
  evaluateSpec,
  explainSpec,
  flowSpec,
  labSpec,
  localiseSpec,
  predictSpec,
  startSpec,
  summarySpec,
  tuneSpec,
  weightsSpec,
} from "./command-specs.ts";
import { type CommandSpec, type ParsedOptions, usageLine } from "./options.ts";
import type { Terminal } from "./terminal.host.ts";
import { trainSpec } from "./train-spec.ts";
import { UsageError } from "./usage.ts";

/** Does the work and returns the exit code. */
export type CommandRun = (options: ParsedOptions, terminal: Terminal) => Promise<number>;

export interface Command {
  readonly spec: CommandSpec;
  /** Only the command that runs is loaded: `--help` shall not wait for the engine. */
  readonly load: () => Promise<CommandRun>;
}

export const commands: readonly Command[] = [
  { spec: startSpec, load: async () => (await import("./commands/start.host.ts")).runStart },
  { spec: explainSpec, load: async () => (await import("./commands/explain.host.ts")).runExplain },
  { spec: flowSpec, load: async () => (await import("./commands/flow.host.ts")).runFlow },
  { spec: localiseSpec, load: async () => (await import("./commands/localise.host.ts")).runLocalise },
  { spec: evaluateSpec, load: async () => (await import("./commands/evaluate.host.ts")).runEvaluate },
  { spec: summarySpec, load: async () => (await import("./commands/summary.host.ts")).runSummary },
  { spec: predictSpec, load: async () => (await import("./commands/predict.host.ts")).runPredict },
  { spec: trainSpec, load: async () => (await import("./commands/train.host.ts")).runTrain },
  { spec: weightsSpec, load: async () => (await import("./commands/weights.host.ts")).runWeights },
  { spec: labSpec, load: async () => (await import("./commands/lab.host.ts")).runLab },
  { spec: tuneSpec, load: async () => (await import("./commands/tune.host.ts")).runTune },
  { spec: benchSpec, load: async () => (await import("./commands/bench.host.ts")).runBench },
  { spec: doctorSpec, load: async () => (await import("./commands/doctor.host.ts")).runDoctor },
];

/** @throws UsageError with the nearest command */
export function findCommand(name: string): Command {
  const found = commands.find(({ spec }) => spec.name === name);
  if (found) return found;
  const names = commands.map(({ spec }) => spec.name);
  const guess = nearest(name, name.startsWith("-") ? ["--help", "--version"] : names);
  const hint = guess ? ` Did you mean "${guess}"?` : "";
  const what = name.startsWith("-") ? `no option ${name} without a command` : `no command "${name}"`;
  throw new UsageError(`there is ${what}.${hint} Commands: ${names.join(", ")}. \`backlight --help\` says more.`);
}

export function generalHelp(all: readonly Command[], version: string): string {
  const lines = all.map(({ spec }) => [usageLine(spec).replace(" [options]", ""), spec.summary]);
  const width = Math.max(...lines.map(([usage = ""]) => usage.length)) + 2;
  return [
    `backlight ${version}: see where a convolutional network looked, and why.`,
    "",
    ...lines.map(([usage = "", summary = ""]) => `  ${usage.padEnd(width)}${summary}`),
    "",
    "`backlight COMMAND --help` lists a command's options. Exit codes: 0 done, 1 failed, 2 wrong command line.",
  ].join("\n");
}
