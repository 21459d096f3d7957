import { type ResolveOptions, resolveModel } from "../../weights/resolve.host.ts";
import type { Engine, Model } from "../index.ts";
import type { Terminal } from "./terminal.host.ts";
import { tuneIfAsked } from "./tuning.host.ts";

/** Opens a model by name or file and says how far that is; see `tuneIfAsked` for what else.
 * @throws as resolveModel */
export async function openModel(
  engine: Engine,
  request: Omit<ResolveOptions, "onProgress">,
  terminal: Terminal,
): Promise<Model> {
  const onProgress = (done: number, total: number) => terminal.progress("loading weights", done, total);
  const model = await resolveModel(engine, { ...request, onProgress });
  await tuneIfAsked(model, terminal);
  return model;
}
