// The host of a benchmark in a page.
import { bytesSource } from "../weights/byte-source.ts";
import type { Bench, MemoryUse } from "./host.ts";

interface Page {
  laneAndArgs(): Promise<string[]>;
  memoryUse(): Promise<MemoryUse | undefined>;
  done(error: string): Promise<void>;
}

export async function runInPage(bench: Bench): Promise<void> {
  const page = globalThis as unknown as Page;
  const [lane = "", ...args] = await page.laneAndArgs();
  const host = {
    lane,
    print: (text: string) => console.log(text),
    open: async (path: string) => {
      const response = await fetch(`/file?${new URLSearchParams({ path })}`);
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return bytesSource(await response.arrayBuffer(), path);
    },
    memory: () => page.memoryUse(),
  };
  await bench(args, host).then(
    () => page.done(""),
    (error: unknown) => page.done(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  );
}
