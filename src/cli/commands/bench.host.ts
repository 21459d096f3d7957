import { processHost } from "../../../bench/process.host.ts";
import { bench } from "../../../bench/suite/main.ts";
import { provideGpu } from "../gpu.host.ts";
import type { ParsedOptions } from "../options.ts";
import { exitCodes } from "../usage.ts";

/** `backlight bench`: the benchmark, which reads its command line itself. */
export async function runBench(options: ParsedOptions): Promise<number> {
  await provideGpu();
  await bench(options.args, processHost("own"));
  return exitCodes.ok;
}
