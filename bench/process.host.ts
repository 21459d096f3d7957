// The host of a benchmark in Deno and Node.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { exitProcess, provideGpu } from "../src/cli/gpu.host.ts";
import { fileSource } from "../weights/file-source.ts";
import { BenchFailure } from "./failure.ts";
import type { Bench, BenchHost, MemoryUse } from "./host.ts";

/** What a process has to offer a benchmark. */
export function processHost(lane: string): BenchHost {
  return {
    lane,
    print: (text) => console.log(text),
    open: async (path) => fileSource(path),
    save: async (path, text) => writeFileSync(path, text),
    memory: async () => ownMemory(),
  };
}

export async function runInProcess(bench: Bench): Promise<void> {
  const [lane = "", ...args] = process.argv.slice(2);
  await provideGpu();
  try {
    await bench(args, processHost(lane));
  } catch (error) {
    if (!(error instanceof BenchFailure)) throw error;
    console.error(error.message);
    await exitProcess(1);
  }
  await exitProcess(0);
}

/** Linux keeps both figures, in KiB. */
function ownMemory(): MemoryUse | undefined {
  if (process.platform !== "linux") return undefined;
  const status = readFileSync("/proc/self/status", "utf8");
  const kib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return { nowBytes: 1024 * kib("VmRSS"), peakBytes: 1024 * kib("VmHWM") };
}
