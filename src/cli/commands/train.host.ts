import { type ParsedOptions, unknownChoice } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { taskOptions } from "../train-spec.ts";
import { UsageError } from "../usage.ts";
import { runTrainFolder } from "./train-folder.host.ts";
import { runTrainMnist } from "./train-mnist.host.ts";

type Task = (options: ParsedOptions, terminal: Terminal) => Promise<number>;

const tasks: Readonly<Record<string, Task>> = { mnist: runTrainMnist, folder: runTrainFolder };

/** `backlight train TASK` */
export async function runTrain(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [name = ""] = options.args;
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (!task) throw unknownChoice("train", name, Object.keys(tasks));
  for (const [other, names] of Object.entries(taskOptions)) {
    const strange = other === name ? undefined : names.find((option) => options.has(option));
    if (strange !== undefined)
      throw new UsageError(`train ${name} has no option --${strange}; it is one of train ${other}.`);
  }
  return await task(options, terminal);
}
