import { Engine } from "../index.ts";
import { provideGpu } from "./gpu.host.ts";
import type { Terminal } from "./terminal.host.ts";
import { goTunedWays } from "./tuning.host.ts";

/** Finds the GPU and says which it is; convolutions go the ways that `backlight tune` found for it.
 * @throws GpuUnavailableError; UsageError for a wrong $BACKLIGHT_TUNE */
export async function openEngine(terminal: Terminal): Promise<Engine> {
  await provideGpu();
  const engine = await Engine.create();
  const { name, software } = engine.adapter;
  goTunedWays(engine);
  const remark = software ? " This is software: a graphics processor would be many times faster." : "";
  terminal.say(`Adapter: ${name}.${remark}`);
  return engine;
}
