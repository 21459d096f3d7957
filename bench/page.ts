// The host of a benchmark in Chrome: the benchmark runs in a worker, as an application's heavy work should, and there
// a chosen file is read range by range. The page relays what only it, or the process that drives it, can do.
import { blobSource } from "../weights/blob-source.ts";
import { BenchFailure } from "./failure.ts";
import type { Bench, MemoryUse } from "./host.ts";

interface Page {
  laneAndArgs(): Promise<string[]>;
  chooseFile(path: string): Promise<void>;
  saveFile(path: string, text: string): Promise<void>;
  memoryUse(): Promise<MemoryUse | undefined>;
  done(error: string): Promise<void>;
}

type Request =
  | { print: string }
  | { open: string }
  | { save: string; text: string }
  | { memory: true }
  | { done: string };

export async function runInPage(bench: Bench): Promise<void> {
  if (typeof document === "undefined") await runInWorker(bench);
  else await relay(globalThis as unknown as Page);
}

async function relay(page: Page): Promise<void> {
  const worker = new Worker("/bench.mjs", { type: "module" });
  const answer = async (request: Request): Promise<unknown> => {
    if ("print" in request) return console.log(request.print);
    if ("open" in request) return choose(page, request.open);
    if ("save" in request) return page.saveFile(request.save, request.text);
    if ("memory" in request) return page.memoryUse();
    return page.done(request.done);
  };
  worker.onmessage = async ({ data }) => worker.postMessage({ id: data.id, value: await answer(data.request) });
  worker.onerror = (event) => void page.done(event.message);
  worker.postMessage(await page.laneAndArgs());
}

async function choose(page: Page, path: string): Promise<File> {
  await page.chooseFile(path);
  const file = document.querySelector("input")?.files?.[0];
  if (!file) throw new Error(`${path} was not chosen`);
  return file;
}

async function runInWorker(bench: Bench): Promise<void> {
  const waiting = new Map<number, (value: unknown) => void>();
  const ask = <T>(request: Request) =>
    new Promise<T>((resolve) => {
      const id = waiting.size;
      waiting.set(id, resolve as (value: unknown) => void);
      postMessage({ id, request });
    });
  const [lane = "", ...args] = await new Promise<string[]>((resolve) => {
    self.onmessage = ({ data }) => {
      self.onmessage = ({ data: { id, value } }) => waiting.get(id)?.(value);
      resolve(data);
    };
  });
  const host = {
    lane,
    print: (text: string) => void ask({ print: text }),
    open: async (path: string) => blobSource(await ask<File>({ open: path })),
    save: async (path: string, text: string) => void (await ask({ save: path, text })),
    memory: () => ask<MemoryUse | undefined>({ memory: true }),
  };
  await bench(args, host).then(
    () => ask({ done: "" }),
    (error: unknown) => ask({ done: textOf(error) }),
  );
}

/** With its place in the program, unless it is the user's to put right. */
function textOf(error: unknown): string {
  if (error instanceof BenchFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
