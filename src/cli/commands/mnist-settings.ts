import { WeightsFormatError } from "../../errors.ts";
import { type MnistNet, mnistNets } from "../../nn/applications/mnist.ts";
import { isObject, isWhole, property } from "../../nn/untrusted.ts";
import type { ParsedOptions } from "../options.ts";
import { assertAgrees, rateOf } from "../run-settings.ts";
import { UsageError } from "../usage.ts";

/** What decides which weights a run arrives at. */
export interface MnistSettings {
  readonly net: MnistNet;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly seed: number;
  readonly patience: number;
}

const defaults: MnistSettings = { net: "dense", epochs: 5, batch: 64, lr: 0.002, seed: 0, patience: 3 };
/** Averaging spreads the gradients over all positions: at 0.005, five epochs are too few. */
const gapRate = 0.01;

/** The options that were given.
 * @throws UsageError for numbers that make no sense */
export function givenSettings(options: ParsedOptions): Partial<MnistSettings> {
  const wholes = { epochs: 1, batch: 1, seed: 0, patience: 1 } as const;
  const given: Partial<Record<keyof MnistSettings, unknown>> = {
    net: options.get("net"), // checked against the command's list of choices
    lr: rateOf(options.get("lr")),
    ...Object.fromEntries(Object.entries(wholes).map(([name, least]) => [name, options.whole(name, least)])),
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<MnistSettings>;
}

/** Of a new run. */
export function newSettings(given: Partial<MnistSettings>): MnistSettings {
  return { ...defaults, ...(given.net === "gap" ? { lr: gapRate } : {}), ...given };
}

/** Those of a run that is taken up; what is given again must be the same.
 * @throws WeightsFormatError for a checkpoint of something else; BacklightError for an option that differs */
export function keptSettings(saved: unknown, given: Partial<MnistSettings>, checkpoint: string): MnistSettings {
  const settings = checked(saved, checkpoint);
  assertAgrees(settings, given);
  return settings;
}

function checked(saved: unknown, checkpoint: string): MnistSettings {
  const value = (key: keyof MnistSettings) => (isObject(saved) ? property(saved, key) : undefined);
  const net = mnistNets.find((one) => one === value("net"));
  const [epochs, batch, seed, patience] = (["epochs", "batch", "seed", "patience"] as const).map(value);
  const lr = value("lr");
  if (
    net !== undefined &&
    isWhole(epochs, 1) &&
    isWhole(batch, 1) &&
    isWhole(seed, 0) &&
    isWhole(patience, 1) &&
    typeof lr === "number" &&
    lr > 0
  )
    return { net, epochs, batch, lr, seed, patience };
  throw new WeightsFormatError(
    `${checkpoint} is no checkpoint of \`backlight train mnist\`: it was written by another run.`,
  );
}

/** The digits whose maps are drawn.
 * @throws UsageError for what is no digit */
export function digitsOf(text = "1,7,9"): number[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !/^\d$/.test(name));
  if (wrong !== undefined)
    throw new UsageError(`--classes has "${wrong}"; it wants digits from 0 to 9, such as 1,7,9.`);
  return [...new Set(names.map(Number))];
}
