import { basename } from "node:path";
import { type MethodName, methodGroup, methodNames } from "../methods.ts";
import { type ParsedOptions, unknownChoice } from "../options.ts";
import { UsageError } from "../usage.ts";

/** Methods that give a heat map, which has a box. */
export const localisers: readonly MethodName[] = methodNames.filter(
  (name) => methodGroup(name) !== "gradients" && name !== "sweep",
);

/** Every n-th picture of the sorted list. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** What decides the lines of a run: results of other settings are not mixed. */
export interface LocaliseSettings {
  readonly model: string;
  readonly weights?: string;
  readonly method: MethodName;
  readonly layer?: string;
  /** Name of the file that says what labels are to the model. */
  readonly classes?: string;
  /** "label": the class that the box file says; "predicted": the network's first, with all boxes of the picture. */
  readonly target: "label" | "predicted";
  /** Where the map's box is cut, as a share of its maximum. */
  readonly threshold: number;
  readonly orient: boolean;
  readonly interpolation?: string;
  readonly preprocess?: string;
}

export interface LocaliseJob {
  readonly dir: string;
  readonly boxes: string;
  readonly out: string;
  readonly resume: boolean;
  /** File that says what labels are to the model. */
  readonly classes?: string;
  /** Pictures in one forward pass. */
  readonly batch: number;
  readonly shard?: Shard;
  readonly settings: LocaliseSettings;
}

/** Reads the command's options.
 * @throws UsageError */
export function localiseJob(options: ParsedOptions): LocaliseJob {
  const [dir = "", more] = options.args;
  if (more !== undefined) throw new UsageError(`localise takes one folder of pictures, but "${more}" is another.`);
  const boxes = options.get("boxes");
  if (boxes === undefined)
    throw new UsageError("localise needs --boxes FILE: COCO .json, .csv, Pascal VOC .xml, or a folder of these.");
  const shard = shardOf(options.get("shard"));
  const classes = options.get("classes");
  if (classes !== undefined && options.get("target") === "predicted")
    throw new UsageError(
      "--classes says what the boxes' labels are to the model, and --target predicted asks for none.",
    );
  return {
    dir,
    boxes,
    out: options.get("out") ?? "out",
    resume: options.has("resume"),
    ...(classes === undefined ? {} : { classes }),
    batch: options.whole("batch", 1) ?? 1,
    ...(shard ? { shard } : {}),
    settings: settingsOf(options),
  };
}

function settingsOf(options: ParsedOptions): LocaliseSettings {
  const optional = ["weights", "layer", "interpolation", "preprocess"].flatMap((name) => {
    const value = options.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const classes = options.get("classes");
  return {
    model: options.get("model") ?? "efficientnet-lite0",
    method: methodOf(options.get("method") ?? "gradcam"),
    // folders may be mounted elsewhere on another machine
    ...(classes === undefined ? {} : { classes: basename(classes) }),
    target: options.get("target") === "predicted" ? "predicted" : "label",
    threshold: thresholdOf(options.get("threshold")),
    orient: options.has("orient"),
    ...Object.fromEntries(optional),
  };
}

function methodOf(name: string): MethodName {
  const found = localisers.find((one) => one === name);
  if (found) return found;
  throw unknownChoice("--method", name, localisers);
}

function thresholdOf(text: string | undefined): number {
  const value = text === undefined ? 0.2 : Number(text);
  if (value >= 0 && value < 1 && text?.trim() !== "") return value;
  throw new UsageError(`--threshold is "${text}", but it must be at least 0 and below 1, such as 0.2 or 0.15.`);
}

function shardOf(text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  const [, index = 0, count = 0] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new UsageError(
    `--shard is "${text}", but it must be i/n with i from 1 to n, such as 1/4. A scheduler that counts from 0 takes i + 1.`,
  );
}
