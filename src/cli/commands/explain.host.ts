import { resolve } from "node:path";
import type { MapResizeMethod } from "../../index.ts";
import { explainToFolder } from "../explain-job.host.ts";
import { chooseMethods } from "../methods.ts";
import type { ParsedOptions } from "../options.ts";
import type { Display } from "../pictures.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes } from "../usage.ts";

/** `backlight explain IMAGE` */
export async function runExplain(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [image = ""] = options.args;
  const names = options.all("class");
  await explainToFolder(
    {
      image,
      model: options.get("model") ?? "efficientnet-lite0",
      weights: options.get("weights"),
      classes: names.length > 0 ? names.map((name) => ({ name })) : [{ rank: 0 }],
      choice: chooseMethods(options.all("method")),
      layer: options.get("layer"),
      out: resolve(options.get("out") ?? "out"),
      orient: options.has("orient"),
      interpolation: options.get("interpolation"),
      preprocess: options.get("preprocess"),
      display: displayOf(options),
    },
    terminal,
  );
  return exitCodes.ok;
}

function displayOf(options: ParsedOptions): Display {
  return {
    // both were checked against the command's list of choices
    resize: (options.get("resize") ?? "half-pixel") as MapResizeMethod,
    relu: (options.get("relu") ?? "before") as Display["relu"],
    box: options.has("box"),
  };
}
