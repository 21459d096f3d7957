import { resolveModel } from "../../../weights/resolve.host.ts";
import { ShapeError, type TunedPlace } from "../../index.ts";
import { openEngine } from "../engine.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { hasFixedInputs, tuneAndKeep } from "../tuning.host.ts";
import { exitCodes } from "../usage.ts";

/** `backlight tune MODEL`: which ways of computing its convolutions are the fastest on this adapter. */
export async function runTune(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const batch = options.whole("batch", 1) ?? 1;
  const budgetMs = 1000 * (options.whole("budget", 1) ?? 60);
  const engine = await openEngine(terminal);
  try {
    const [name = ""] = options.args;
    const onProgress = (done: number, total: number) => terminal.progress("loading weights", done, total);
    const model = await resolveModel(engine, { model: name, onProgress });
    if (!hasFixedInputs(model))
      throw new ShapeError(`model "${model.name}" leaves the size of its input open: there is nothing to measure.`);
    const places: TunedPlace[] = [];
    let left = 0;
    const onPlace = (found: TunedPlace, done: number, total: number) => {
      places.push(found);
      left = total - done;
      terminal.progress("tuning", done, total);
    };
    const path = await tuneAndKeep(model, { batch, budgetMs, again: options.has("again"), onPlace });
    show({ places, left, path }, terminal);
    return exitCodes.ok;
  } finally {
    engine.dispose();
  }
}

interface Found {
  readonly places: readonly TunedPlace[];
  /** Convolutions that there was no time for. */
  readonly left: number;
  readonly path: string;
}

function show({ places, left, path }: Found, terminal: Terminal): void {
  for (const { place, usualMs, bestMs, way } of places.filter((one) => !isToldAlready(one, places))) {
    const times = `${usualMs.toFixed(3).padStart(10)} ms`;
    const gain = way === "usual" ? "" : ` -> ${bestMs.toFixed(3)} ms by ${way}`;
    terminal.say(`${times}  ${place}${gain}`);
  }
  if (places.length === 0) terminal.say("All that this model takes is known: --again measures it again.");
  if (left > 0)
    terminal.note(`There was no time for ${left} more: run the command again, or give it longer with --budget.`);
  terminal.say(`Kept in ${path}.`);
  terminal.result({ path, left, places });
}

/** What computes as defined and goes the way that is the fastest of all. */
function isToldAlready({ place, way, usualMs }: TunedPlace, places: readonly TunedPlace[]): boolean {
  const all = places.find((other) => other.place === place.replace(" exact", ""));
  return place.includes(" exact ") && all?.way === way && all.usualMs === usualMs;
}
