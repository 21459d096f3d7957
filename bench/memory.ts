// What an engine holds before and after a long run.
import type { MemoryReport } from "../src/index.ts";
import type { BenchHost } from "./host.ts";

/** Prints both.
 * @throws Error if more is live, or less; the pool may keep more free buffers from one round to the next */
export function reportLeak(
  host: BenchHost,
  reports: { readonly before: MemoryReport; readonly after: MemoryReport },
): void {
  for (const [name, memory] of Object.entries(reports)) host.print(`${name.padEnd(8)} ${shown(memory)}`);
  if (shown(held(reports.before)) !== shown(held(reports.after)))
    throw new Error("the engine holds something else than before: a leak");
}

function held({ liveTensors, liveBuffers, liveBytes }: MemoryReport): Partial<MemoryReport> {
  return { liveTensors, liveBuffers, liveBytes };
}

function shown(memory: Partial<MemoryReport>): string {
  return Object.entries(memory)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
