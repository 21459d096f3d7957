import { withArchitecture } from "../../../weights/resolve.host.ts";
import { summarizeArchitecture } from "../architecture.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { exitCodes } from "../usage.ts";

/** `backlight summary MODEL`: reads the architecture only, so it needs neither a GPU nor the weights. */
export async function runSummary(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [model = ""] = options.args;
  const theano = options.has("theano");
  const { text, ...facts } = await withArchitecture(model, (parts) => summarizeArchitecture(parts, { theano }));
  if (terminal.json) terminal.result(facts);
  else terminal.say(text);
  return exitCodes.ok;
}
