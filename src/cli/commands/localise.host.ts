import { resolve } from "node:path";
import { openEngine } from "../engine.host.ts";
import { openModel } from "../open-model.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { classesOf } from "./localise-classes.host.ts";
import { type Annotated, type DataSet, readDataSet } from "./localise-data.host.ts";
import { ResultsFolder, type RunFacts } from "./localise-folder.host.ts";
import { mergeParts } from "./localise-merge.host.ts";
import { localisePictures } from "./localise-picture.host.ts";
import { type LocaliseJob, localiseJob } from "./localise-settings.ts";
import { finish } from "./localise-summary.host.ts";

/** `backlight localise DIR --boxes FILE` and `backlight localise merge OUT PART...` */
export async function runLocalise(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [first, ...parts] = options.args;
  if (first === "merge") return await mergeParts(parts, terminal);
  const job = localiseJob(options);
  const data = readDataSet(job.dir, job.boxes);
  const mine = shareOf(data.annotated, job);
  const facts = factsOf(job, data, mine.length);
  const folder = new ResultsFolder(resolve(job.out), facts, job);
  sayHowMany(facts, terminal);
  try {
    const done = new Set(folder.lines.map(({ image }) => image));
    if (done.size > 0) terminal.say(`Going on after what is done: ${counted(done.size)}.`);
    const remaining = mine.filter(({ image }) => !done.has(image));
    if (remaining.length > 0) await localiseAll({ job, remaining, folder }, terminal);
  } finally {
    folder.close();
  }
  return await finish({ path: folder.path, facts, lines: folder.lines }, terminal);
}

/** Every n-th picture: neighbours in a folder are often alike, and take alike long. */
function shareOf(annotated: readonly Annotated[], { shard }: LocaliseJob): Annotated[] {
  return annotated.filter((_, i) => !shard || i % shard.count === shard.index - 1);
}

function factsOf({ settings, dir, boxes, shard }: LocaliseJob, data: DataSet, share: number): RunFacts {
  const { annotated, withoutBoxes, missing } = data;
  return {
    settings,
    dir: resolve(dir),
    boxes: resolve(boxes),
    ...(shard ? { shard } : {}),
    pictures: annotated.length,
    share,
    withoutBoxes,
    missing,
  };
}

function sayHowMany({ pictures, share, withoutBoxes, missing, shard }: RunFacts, terminal: Terminal): void {
  terminal.say(`${counted(pictures)} with boxes${shard ? `, ${share} of them in this shard` : ""}.`);
  const has = withoutBoxes === 1 ? "has" : "have";
  if (withoutBoxes > 0) terminal.note(`${counted(withoutBoxes)} of the folder ${has} no boxes: left out.`);
  const are = missing === 1 ? "is" : "are";
  if (missing > 0) terminal.note(`${counted(missing)} of the box file ${are} not in the folder: left out.`);
}

function counted(pictures: number): string {
  return pictures === 1 ? "1 picture" : `${pictures} pictures`;
}

interface Remaining {
  readonly job: LocaliseJob;
  readonly remaining: readonly Annotated[];
  readonly folder: ResultsFolder;
}

async function localiseAll({ job, remaining, folder }: Remaining, terminal: Terminal): Promise<void> {
  const { settings, dir, batch } = job;
  const engine = await openEngine(terminal);
  try {
    const model = await openModel(engine, { model: settings.model, weights: settings.weights }, terminal);
    if (settings.layer !== undefined && !settings.layer.includes("/")) model.layer(settings.layer);
    // all at once: a name that the model does not know is found before the work begins
    const classes = settings.target === "label" ? classesOf(model, remaining, job) : new Map<string, number>();
    const said = new Set<string>();
    const assume = (sentence: string) => {
      if (!said.has(sentence)) terminal.note(sentence);
      said.add(sentence);
    };
    const localiser = { model, dir, settings, classes, assume };
    for (let first = 0; first < remaining.length; first += batch) {
      const lines = await localisePictures(localiser, remaining.slice(first, first + batch));
      for (const line of lines) folder.append(line);
      const done = first + lines.length;
      terminal.progress(`localising, ${done} of ${remaining.length}:`, done, remaining.length);
    }
  } finally {
    engine.dispose();
  }
}
