import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { defaultCacheDir } from "../../weights/cache.host.ts";
import { type Engine, type Model, Tape, type TuneOptions, type Tuning, tune, useTuning } from "../index.ts";
import { keyOf } from "../random.ts";
import { readText, writeFolder } from "./files.host.ts";
import type { Terminal } from "./terminal.host.ts";
import { UsageError } from "./usage.ts";

const modes = ["off", "cached", "full"] as const;
type Mode = (typeof modes)[number];

/** What $BACKLIGHT_TUNE says: go the ways of the cache ("cached", unless given), none ("off"), or also measure those of
 * every model that is opened ("full").
 * @throws UsageError for another word */
function tuneMode(): Mode {
  const asked = process.env.BACKLIGHT_TUNE ?? "cached";
  const mode = modes.find((one) => one === asked);
  if (mode) return mode;
  throw new UsageError(`BACKLIGHT_TUNE is "${asked}", but it must be one of ${modes.join(", ")}.`);
}

/** Where what was found on an adapter is kept. */
function fileOf({ adapter: { vendor, architecture, name } }: Engine): string {
  const hash = keyOf([vendor, architecture, name].join()).map((part) => part.toString(16));
  return join(defaultCacheDir(), "tuning", `${hash.join("")}.json`);
}

/** Goes the ways that were found on this adapter before, unless $BACKLIGHT_TUNE is "off". */
export function goTunedWays(engine: Engine): void {
  if (tuneMode() !== "off") goKnownWays(engine);
}

/** What cannot be used, of other kernels or damaged, is left alone: the next tuning replaces it. */
function goKnownWays(engine: Engine): Tuning | undefined {
  const path = fileOf(engine);
  if (!existsSync(path)) return undefined;
  try {
    const known = JSON.parse(readText(path, "the tuning")) as Tuning;
    return useTuning(engine, known) ? known : undefined;
  } catch {
    return undefined;
  }
}

/** With $BACKLIGHT_TUNE=full: measures what the model takes and is not known yet. */
export async function tuneIfAsked(model: Model, terminal: Terminal): Promise<void> {
  if (tuneMode() !== "full" || !hasFixedInputs(model)) return;
  const onPlace = (_found: unknown, done: number, total: number) => terminal.progress("tuning", done, total);
  await tuneAndKeep(model, { batch: 1, onPlace });
}

/** Whether every extent of a picture is known. */
export function hasFixedInputs({ inputShapes }: Model): boolean {
  return inputShapes.every(([, ...extents]) => extents.every((extent) => extent !== null));
}

/** Measures the convolutions of a model, forward and back to its inputs, and keeps what was found in the cache.
 * @param options `batch`: pictures at a time
 * @returns the file's path */
export async function tuneAndKeep(
  model: Model,
  { batch, ...options }: TuneOptions & { readonly batch: number },
): Promise<string> {
  const { engine, inputShapes } = model;
  const body = () => {
    const inputs = inputShapes.map(([, ...extents]) => engine.empty([batch, ...extents.map(Number)]));
    using tape = new Tape(engine);
    const y = model.forward(inputs, { tape });
    tape.backward(y, { wrt: inputs });
  };
  const tuning = await tune(engine, body, { ...options, known: goKnownWays(engine) });
  const path = fileOf(engine);
  const text = `${JSON.stringify(tuning, undefined, 1)}\n`;
  await writeFolder(dirname(path), async (folder) => folder.write(basename(path), new TextEncoder().encode(text)));
  return path;
}
