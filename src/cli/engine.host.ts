import { Engine } from "../index.ts";
import { provideGpu } from "./gpu.host.ts";
import type { Terminal } from "./terminal.host.ts";

/** Finds the GPU and says which it is.
 * @throws GpuUnavailableError */
export async function openEngine(terminal: Terminal): Promise<Engine> {
  await provideGpu();
  const engine = await Engine.create();
  const { name, software } = engine.adapter;
  const remark = software ? " This is software: a graphics processor would be many times faster." : "";
  terminal.say(`Adapter: ${name}.${remark}`);
  return engine;
}
