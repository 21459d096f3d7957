import process from "node:process";
import { convertModel } from "../../../weights/convert.host.ts";
import { FileSink, formatOfPath, writeWhole } from "../../../weights/save.host.ts";
import { weightsSpec } from "../command-specs.ts";
import { type ParsedOptions, usageLine } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes, UsageError } from "../usage.ts";

/** Signals that end the program, and the exit codes that shells know them by. */
const endings = { SIGINT: 130, SIGTERM: 143 };

/** `backlight weights convert IN OUT` */
export async function convert(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [, model, path] = options.args;
  if (model === undefined || path === undefined)
    throw new UsageError(
      `weights convert needs ${model === undefined ? "IN and OUT" : "OUT"}, such as model.h5 model.safetensors. ` +
        `Usage: ${usageLine(weightsSpec).replace("ACTION [NAME] [OUT]", "convert IN OUT")}`,
    );
  const format = formatOfPath(path);
  const sink = new FileSink(path, { overwrite: options.has("force") });
  const undo = removeWhenStopped(sink);
  try {
    const dtype = options.get("dtype") === "float16" ? "float16" : "float32";
    let facts = { tensors: 0, parameters: 0, notes: [] as readonly string[] };
    await writeWhole(sink, async () => {
      facts = await convertModel(sink, {
        model,
        weights: options.get("weights"),
        theano: options.has("theano"),
        format,
        dtype,
        onProgress: (done, total) => terminal.progress(`writing ${path}`, done, total),
      });
    });
    for (const note of facts.notes) terminal.note(note);
    const count = facts.parameters.toLocaleString("en-US");
    terminal.say(`Wrote ${path}: ${sink.sizeBytes} bytes, ${facts.tensors} weights of ${count} numbers in ${dtype}.`);
    terminal.result({ path, format, dtype, sizeBytes: sink.sizeBytes, ...facts });
    return exitCodes.ok;
  } finally {
    undo();
  }
}

function removeWhenStopped(sink: FileSink): () => void {
  const handlers = Object.entries(endings).map(([signal, code]) => {
    const end = () => {
      sink.discard();
      process.exit(code);
    };
    process.once(signal, end);
    return () => process.off(signal, end);
  });
  return () => {
    for (const off of handlers) off();
  };
}
