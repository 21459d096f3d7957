// The benchmark in a worker of the page, so that the page stays alive meanwhile.
import { BenchFailure } from "../../failure.ts";
import { bench } from "../main.ts";
import type { Message } from "./messages.ts";

const tell = (message: Message) => postMessage(message);

self.onmessage = async ({ data: args }: MessageEvent<readonly string[]>) => {
  const host = {
    lane: "page",
    print: (print: string) => tell({ print }),
    save: async (save: string, text: string) => tell({ save, text }),
    open: async (path: string) => {
      throw new BenchFailure(`${path}: a page reads no files`);
    },
    memory: async () => undefined,
  };
  try {
    await bench(args, host);
    tell({ done: "" });
  } catch (error) {
    tell({ done: error instanceof Error ? error.message : String(error) });
  }
};
