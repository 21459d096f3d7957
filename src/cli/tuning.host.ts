import { existsSync } from "node:fs";
import { join } from "node:path";
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
export function tuningFolder(): string {
  return join(defaultCacheDir(), "tuning");
}

function fileOf({ adapter: { vendor, architecture, name } }: Engine): string {
  const hash = keyOf([vendor, architecture, name].join()).map((part) => part.toString(16));
  return `${hash.join("")}.json`;
}

/** Goes the ways that were found on this adapter before, unless $BACKLIGHT_TUNE is "off". */
export function goTunedWays(engine: Engine): void {
  if (tuneMode() !== "off") goKnownWays(engine);
}

/** What cannot be used, of other kernels or damaged, is left alone: the next tuning replaces it. */
function goKnownWays(engine: Engine): Tuning | undefined {
  const path = join(tuningFolder(), fileOf(engine));
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
 * @param options `batch`: pictures at a time; `again`: what is known is measured again */
export async function tuneAndKeep(
  model: Model,
  { batch, again = false, ...options }: TuneOptions & { readonly batch: number; readonly again?: boolean },
): Promise<{ readonly tuning: Tuning; readonly path: string }> {
  const { engine, inputShapes } = model;
  const body = () => {
    const inputs = inputShapes.map(([, ...extents]) => engine.empty([batch, ...extents.map(Number)]));
    using tape = new Tape(engine);
    const y = model.forward(inputs, { tape });
    tape.backward(y, { wrt: inputs });
  };
  const known = again ? undefined : goKnownWays(engine);
  const tuning = await tune(engine, body, { ...options, known });
  const folder = tuningFolder();
  const text = `${JSON.stringify(tuning, undefined, 1)}\n`;
  await writeFolder(folder, async (files) => files.write(fileOf(engine), new TextEncoder().encode(text)));
  return { tuning, path: join(folder, fileOf(engine)) };
}
