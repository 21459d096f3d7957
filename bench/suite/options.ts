import { nearest } from "../../src/index.ts";
import { BenchFailure } from "../failure.ts";
import { kernelTable } from "./kernels.ts";

export const modelNames = ["resnet50", "vgg16", "mnist"] as const;
export type ModelName = (typeof modelNames)[number];
/** "-fast": with `explain`'s option of that name. */
export const phaseNames = ["forward", "gradcam", "guided", "gradcam-fast", "guided-fast", "train"] as const;
export type PhaseName = (typeof phaseNames)[number];

/** What the command line asks for. */
export interface SuiteOptions {
  readonly kernels: readonly string[];
  /** Empty for each kernel's own. */
  readonly shapes: readonly string[];
  readonly variant: string;
  readonly models: readonly ModelName[];
  readonly phases: readonly PhaseName[];
  /** Undefined where it is left to the phase. */
  readonly batches: readonly number[] | undefined;
  readonly runs: number;
  readonly budgetMs: number;
  readonly json: string | undefined;
  readonly baseline: string | undefined;
  readonly thresholdPercent: number;
  readonly report: string | undefined;
  readonly trace: string | undefined;
  readonly compare: readonly string[];
  readonly peersFolder: string | undefined;
  readonly help: boolean;
}

interface OptionHelp {
  /** What follows it; nothing for a switch. */
  readonly value?: string;
  readonly help: string;
}

const known: Readonly<Record<string, OptionHelp>> = {
  kernel: { value: "NAMES", help: `kernels, with commas between: all, ${Object.keys(kernelTable).join(", ")}` },
  shape: { value: "SHAPES", help: "56x56x256:256:3x3s2 (conv), 56x56x256:2x2s2 (pools), 25088:4096 (dense)" },
  variant: { value: "NAME", help: "chosen (what the engine takes; the default), all, or a variant's name" },
  model: { value: "NAMES", help: `whole networks: ${modelNames.join(", ")}` },
  phase: { value: "NAMES", help: `${phaseNames.join(", ")} (forward,gradcam)` },
  batch: { value: "NUMBERS", help: "pictures at a time (1; train: 64 of mnist, 8 of the others)" },
  runs: { value: "N", help: "timed runs of each phase of a network (3)" },
  budget: { value: "MS", help: "time for the samples of one variant (400)" },
  json: { value: "FILE", help: "write everything measured" },
  baseline: { value: "FILE", help: "compare with what --json wrote; exit code 1 for a regression" },
  threshold: { value: "PERCENT", help: "how much slower is a regression (10)" },
  report: { value: "FILE", help: "write an HTML page: roofline, layers, tables" },
  trace: { value: "FILE", help: "write the dispatches of an explanation for chrome://tracing or Perfetto" },
  compare: { value: "NAMES", help: "other libraries in the same run: tfjs, jax-js, ort" },
  peers: { value: "DIR", help: "where these are installed" },
  help: { help: "print this text" },
};

/** The text of --help. */
export function helpText(): string {
  const heads = Object.entries(known).map(([name, { value }]) => `--${name}${value ? ` ${value}` : ""}`);
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  const lines = Object.values(known).map(({ help }, i) => `  ${(heads[i] ?? "").padEnd(width)}${help}`);
  return ["Measures kernels and networks: backlight bench [OPTIONS]", "", ...lines].join("\n");
}

/** Reads the command line; without --kernel, --model and --compare it asks for the convolutions and ResNet50.
 * @throws BenchFailure for what is unknown or has no value */
export function parseSuiteOptions(args: readonly string[]): SuiteOptions {
  const given = readArguments(args);
  const list = (name: string) => (given.get(name) ?? "").split(",").filter((text) => text !== "");
  const anything = ["kernel", "model", "compare"].some((name) => given.has(name));
  const phases = given.has("phase") ? chosen("phase", list("phase"), phaseNames) : (["forward", "gradcam"] as const);
  const models = chosen("model", list("model"), modelNames);
  const kernels = kernelsOf(list("kernel"));
  if (anything && given.has("trace") && models.length === 0)
    throw new BenchFailure("--trace shows a network's dispatches: name one with --model, and what to do with --phase.");
  return {
    kernels: anything ? kernels : ["conv2d"],
    shapes: list("shape"),
    variant: given.get("variant") ?? "chosen",
    models: anything ? models : ["resnet50"],
    phases,
    batches: given.has("batch") ? list("batch").map((text) => positive("batch", text)) : undefined,
    runs: positive("runs", given.get("runs") ?? "3"),
    budgetMs: positive("budget", given.get("budget") ?? "400"),
    json: given.get("json"),
    baseline: given.get("baseline"),
    thresholdPercent: positive("threshold", given.get("threshold") ?? "10"),
    report: given.get("report"),
    trace: given.get("trace"),
    compare: chosen("compare", list("compare"), ["tfjs", "jax-js", "ort"]),
    peersFolder: given.get("peers"),
    help: given.has("help"),
  };
}

/** Values by name, of `--name value` and `--name=value`. */
function readArguments(args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const [, name = "", inline] = /^--([^=]+)(?:=(.*))?$/.exec(args[i] ?? "") ?? [];
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option)
      throw new BenchFailure(
        `There is no option "${args[i]}".${guess(name, Object.keys(known), "--")} --help lists them.`,
      );
    const value = option.value === undefined ? "" : (inline ?? args[++i]);
    if (value === undefined || (option.value && (value === "" || value.startsWith("--"))))
      throw new BenchFailure(`--${name} needs a value: --${name} ${option.value}.`);
    given.set(name, value);
  }
  return given;
}

function kernelsOf(names: readonly string[]): readonly string[] {
  const all = Object.keys(kernelTable);
  return names.includes("all") ? all : chosen("kernel", names, all);
}

function chosen<T extends string>(option: string, names: readonly string[], choices: readonly T[]): readonly T[] {
  return names.map((name) => {
    const found = choices.find((choice) => choice === name);
    if (found !== undefined) return found;
    throw new BenchFailure(`--${option}: there is no "${name}".${guess(name, choices)} Known: ${choices.join(", ")}.`);
  });
}

function guess(name: string, choices: readonly string[], before = ""): string {
  const near = nearest(name, choices);
  return near ? ` Did you mean ${before}${near}?` : "";
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new BenchFailure(`--${option} takes whole numbers of at least 1, got "${text}".`);
}
