import { WeightsFormatError } from "../../errors.ts";
import { isObject, property } from "../../nn/untrusted.ts";
import type { AugmentOptions } from "../../train/data/augment.ts";
import { type HeadName, headNames } from "../../train/heads.ts";
import { ParsedOptions, unknownChoice } from "../options.ts";
import { assertAgrees, rateOf } from "../run-settings.ts";
import { UsageError } from "../usage.ts";

/** What decides which weights a run arrives at, besides the pictures. */
export interface FolderSettings {
  readonly base: string;
  readonly weights: string | undefined;
  readonly preprocess: string | undefined;
  readonly freeze: readonly string[];
  readonly head: HeadName;
  /** The base's own unless given. */
  readonly size: number | undefined;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  /** Share of the pictures. */
  readonly validation: number;
  /** Nothing is changed where undefined. */
  readonly augment: AugmentOptions | undefined;
  readonly seed: number;
  readonly patience: number;
}

/** The options that decide it, as they stood on the command line: what a checkpoint keeps. */
export type Words = Readonly<Record<string, readonly string[]>>;

const deciding = [
  ...["base", "weights", "preprocess", "freeze", "head", "size", "epochs", "batch", "lr", "validation", "augment"],
  ...["seed", "patience"],
];

/** Those that were given. */
export function wordsOf(options: ParsedOptions): Words {
  const given = deciding.map((name) => [name, options.all(name)] as const).filter(([, words]) => words.length > 0);
  return Object.fromEntries(given);
}

/** @throws UsageError for numbers and words that make no sense */
export function settingsOf(words: Words): FolderSettings {
  const options = new ParsedOptions(new Map(Object.entries(words)), []);
  const freeze = options.all("freeze").flatMap(patternsOf);
  return {
    base: options.get("base") ?? "efficientnet-lite0",
    weights: options.get("weights"),
    preprocess: options.get("preprocess"),
    freeze: freeze.length > 0 ? freeze : ["all"],
    head: headOf(options.get("head")),
    size: options.whole("size", 1),
    epochs: options.whole("epochs", 1) ?? 10,
    batch: options.whole("batch", 1) ?? 32,
    // weights that know something already are to be changed by little
    lr: rateOf(options.get("lr")) ?? (freeze.every((pattern) => pattern === "all") ? 1e-3 : 1e-4),
    validation: shareOf(options.get("validation")),
    augment: augmentOf(options.get("augment")),
    seed: options.whole("seed", 0) ?? 0,
    patience: options.whole("patience", 1) ?? 5,
  };
}

/** The words of a run that is taken up; what is given again must mean the same.
 * @param saved of the checkpoint
 * @throws WeightsFormatError for a checkpoint of something else; BacklightError for an option that differs */
export function keptWords(saved: unknown, given: Words, checkpoint: string): Words {
  const options = isObject(saved) && property(saved, "task") === "folder" ? property(saved, "options") : undefined;
  const isWords = (value: unknown) => Array.isArray(value) && value.every((word) => typeof word === "string");
  if (!isObject(options) || !Object.values(options).every(isWords))
    throw new WeightsFormatError(
      `${checkpoint} is no checkpoint of \`backlight train folder\`: it was written by another run.`,
    );
  const kept = Object.fromEntries(
    deciding.flatMap((name) => {
      const words = property(options, name);
      return words === undefined ? [] : [[name, words as readonly string[]] as const];
    }),
  );
  const now = shownOf(given);
  assertAgrees(shownOf(kept), Object.fromEntries(Object.keys(given).map((name) => [name, now[name] ?? ""])));
  return kept;
}

/** What words mean, as text: numbers may be written in several ways. */
function shownOf(words: Words): Record<string, string> {
  const settings = settingsOf(words);
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      typeof value === "object" && !Array.isArray(value) ? JSON.stringify(value) : String(value ?? "(not given)"),
    ]),
  );
}

/** Parts at commas, except within a regular expression. */
function patternsOf(text: string): string[] {
  const found = text.match(/\/(?:\\.|[^/\\])+\/|[^,]+/g) ?? [];
  return found.map((pattern) => pattern.trim()).filter((pattern) => pattern !== "");
}

function headOf(text = "gap"): HeadName {
  const found = headNames.find((head) => head === text);
  if (found) return found;
  throw unknownChoice("--head", text, headNames);
}

function shareOf(text = "0.2"): number {
  const share = Number(text);
  if (share > 0 && share < 1) return share;
  throw new UsageError(`--validation is "${text}", but it must be a share between 0 and 1, such as 0.2.`);
}

const changes: Readonly<Record<string, (amount: number) => AugmentOptions>> = {
  shift: (amount) => ({ widthShift: amount, heightShift: amount }),
  shear: (amount) => ({ shear: amount }),
  zoom: (amount) => ({ zoom: amount }),
  rotation: (amount) => ({ rotation: amount }),
};

/** "shift=0.1,flip" */
function augmentOf(text: string | undefined): AugmentOptions | undefined {
  if (text === undefined) return undefined;
  let options: AugmentOptions = {};
  for (const part of text.split(",").map((one) => one.trim())) {
    const [name = "", amount] = part.split("=");
    if (part === "flip") options = { ...options, horizontalFlip: true };
    else {
      const change = Object.hasOwn(changes, name) ? changes[name] : undefined;
      if (!change) throw unknownChoice("--augment", name, ["flip", ...Object.keys(changes)]);
      options = { ...options, ...change(amountOf(name, amount)) };
    }
  }
  return options;
}

function amountOf(name: string, text: string | undefined): number {
  const amount = text === undefined || text === "" ? Number.NaN : Number(text);
  if (amount >= 0 && Number.isFinite(amount)) return amount;
  throw new UsageError(
    `--augment: ${name} needs a number of at least 0, such as ${name}=0.1, but got "${text ?? ""}".`,
  );
}
