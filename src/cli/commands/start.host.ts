import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ClassRequest, explainToFolder } from "../explain-job.host.ts";
import type { MethodName } from "../methods.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes } from "../usage.ts";

const sample = new URL("../../../weights/samples/cat-and-coffee.jpg", import.meta.url);
const methods: readonly MethodName[] = ["cam", "gradcam", "guided-gradcam", "guided", "deconvnet", "saliency", "sweep"];

/** `backlight start`: the same picture explained as two of the things in it. */
export async function runStart(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [own] = options.args;
  // the sample's second object is known by name; another picture's is taken to be the second guess
  const second: ClassRequest = own === undefined ? { name: "espresso" } : { rank: 1 };
  await explainToFolder(
    {
      image: own ?? fileURLToPath(sample),
      model: "efficientnet-lite0",
      classes: [{ rank: 0 }, second],
      choice: { methods, lenient: false },
      out: resolve(options.get("out") ?? "out"),
      orient: true,
      display: { resize: "half-pixel", relu: "before", box: false },
    },
    terminal,
  );
  return exitCodes.ok;
}
