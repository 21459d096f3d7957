import { basename, dirname } from "node:path";
import { classLogit, type Engine, type RuleName, topClass } from "../../index.ts";
import { classIndex, classTitle } from "../class-names.ts";
import { openEngine } from "../engine.host.ts";
import { record } from "../explanation.ts";
import { isFolder, readWhole, writeFolder } from "../files.host.ts";
import { decodeFile, imageInput } from "../input.ts";
import { openModel } from "../open-model.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes, UsageError } from "../usage.ts";

/** `backlight flow IMAGE`: every cotangent between a class's score and a layer, as a table. */
export async function runFlow(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const out = options.get("out");
  if (out !== undefined && (/[/\\]$/.test(out) || isFolder(out)))
    throw new UsageError(`--out ${out} is a folder: give the name of a file, such as flow.json.`);
  const engine = await openEngine(terminal);
  try {
    const told = await tell(engine, options, terminal);
    if (out !== undefined) {
      const text = `${JSON.stringify(told, undefined, 2)}\n`;
      await writeFolder(dirname(out), async (folder) => folder.write(basename(out), text));
      terminal.say(`\nWrote ${out}.`);
    }
    terminal.result(told);
    return exitCodes.ok;
  } finally {
    engine.dispose();
  }
}

async function tell(engine: Engine, options: ParsedOptions, terminal: Terminal): Promise<object> {
  const [path = ""] = options.args;
  const image = await decodeFile(readWhole(path, "the image"), path, { orient: options.has("orient") });
  const asked = options.get("model") ?? "efficientnet-lite0";
  const request = { model: asked, weights: options.get("weights"), theano: options.has("theano") };
  const model = await openModel(engine, request, terminal);
  const name = options.get("class");
  const index = name === undefined ? undefined : classIndex(model, name);
  const ways = { preprocess: options.get("preprocess"), interpolation: options.get("interpolation") };
  const { x, assumptions } = imageInput(model, image, ways);
  for (const assumption of assumptions) terminal.note(assumption);
  const run = await record(model, x);
  try {
    const flow = await run.flow({
      target: index === undefined ? topClass() : classLogit(index),
      layer: options.get("layer"),
      // checked against the command's list of choices
      rule: options.get("rule") as RuleName | undefined,
      relaxMaxPool: options.has("relax-max-pool"),
    });
    const title = index === undefined ? "the most likely class" : classTitle(index, model.classNames?.[index]);
    terminal.say(`${model.name}, ${title} in ${basename(path)}:\n`);
    terminal.say(flow.table());
    return { image: path, adapter: engine.adapter, assumptions, ...flow };
  } finally {
    run.dispose();
  }
}
