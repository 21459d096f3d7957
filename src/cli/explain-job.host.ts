import { basename, sep } from "node:path";
import { classLogit, type Engine, encodePng, type Model, type Prediction, type Run, topClass } from "../index.ts";
import { classIndex, classSlug, classTitle } from "./class-names.ts";
import { openEngine } from "./engine.host.ts";
import { explainTarget, type Result, record, type Skipped } from "./explanation.ts";
import { type OutputFolder, readWhole, writeFolder } from "./files.host.ts";
import { decodeFile, imageInput } from "./input.ts";
import { type MethodChoice, methodTitle } from "./methods.ts";
import { openModel } from "./open-model.host.ts";
import { type Display, draw, overview, type Picture, shownImage } from "./pictures.ts";
import { reportHtml } from "./report.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { Terminal } from "./terminal.host.ts";
import { version } from "./version.ts";

/** A class to explain: by index or name, or by its place among the predictions (0 is the most likely). */
export type ClassRequest = { readonly name: string } | { readonly rank: number };

export interface ExplainJob {
  readonly image: string;
  readonly model: string;
  readonly weights?: string | undefined;
  readonly classes: readonly ClassRequest[];
  readonly choice: MethodChoice;
  readonly layer?: string | undefined;
  readonly out: string;
  readonly orient: boolean;
  readonly interpolation?: string | undefined;
  readonly preprocess?: string | undefined;
  readonly display: Display;
}

interface ClassAnswer {
  readonly index: number;
  readonly label: string | undefined;
  readonly results: readonly Result[];
  readonly skipped: readonly Skipped[];
}

type ClassResult = Omit<ClassAnswer, "results"> & { readonly pictures: readonly Picture[] };

/** Explains a picture and writes what came of it, all of it or nothing.
 * @throws the libraries' errors; BacklightError for files that cannot be read or written, before the long work begins */
export async function explainToFolder(job: ExplainJob, terminal: Terminal): Promise<void> {
  const bytes = readWhole(job.image, "the image");
  const image = await decodeFile(bytes, job.image, { orient: job.orient });
  const done = await writeFolder(job.out, async (folder) => {
    const engine = await openEngine(terminal);
    try {
      const watch = new Stopwatch();
      const model = await openModel(engine, { model: job.model, weights: job.weights }, terminal);
      watch.lap("load the model");
      const wanted = wantedClasses(job.classes, model);
      if (job.layer !== undefined && !job.layer.includes("/")) model.layer(job.layer);
      const input = imageInput(model, image, job);
      const shown = shownImage(image);
      const asked = { model, x: input.x, job, wanted, shown, terminal, watch };
      const { predictions, answers } = await explainClasses(asked);
      const classes = await drawClasses(answers, asked);
      const report = { job, model, shown, predictions, classes, assumptions: input.assumptions, watch };
      await writeReport(folder, engine, report);
      return { ...report, folder, engine };
    } finally {
      engine.dispose();
    }
  });
  // not before the files are in their place
  announce(terminal, done);
}

/** A class by its index, or by its place among the predictions. */
type Wanted = { readonly index: number } | { readonly rank: number };

/** Names become indices; what is asked for twice, as a name and an index say, is explained once. */
function wantedClasses(requests: readonly ClassRequest[], model: Model): Wanted[] {
  const wanted = requests.map((one): Wanted => ("name" in one ? { index: classIndex(model, one.name) } : one));
  return [...new Map(wanted.map((one) => [JSON.stringify(one), one])).values()];
}

interface Asked {
  readonly model: Model;
  readonly x: Parameters<typeof record>[1];
  readonly job: ExplainJob;
  readonly wanted: readonly Wanted[];
  readonly shown: ReturnType<typeof shownImage>;
  readonly terminal: Terminal;
  readonly watch: Stopwatch;
}

/** On a GPU with nobody watching, all of one class is one submission. Software adapters take seconds, and a person wants
 * to see that something happens: then the forward pass goes in pieces, and each method by itself. */
async function explainClasses(asked: Asked): Promise<{ predictions: readonly Prediction[]; answers: ClassAnswer[] }> {
  const { model, x, job, wanted, terminal, watch } = asked;
  const inPieces = terminal.watched || model.engine.adapter.software;
  const onLayer = (done: number, total: number) => terminal.progress("forward pass", done, total);
  // where CAM may be refused, nothing is submitted before: in pieces, the GPU works while the pass is being recorded
  const mayRefuse = job.choice.methods.includes("cam") && !job.choice.lenient;
  const run = await record(model, x, inPieces && !mayRefuse ? onLayer : undefined);
  try {
    if (mayRefuse) run.camLayer();
    let predictions: readonly Prediction[] = [];
    if (inPieces || wanted.some((one) => "rank" in one && one.rank > 0)) {
      predictions = await run.predictions(5);
      watch.lap("compile and forward");
    }
    const answers: ClassAnswer[] = [];
    for (const one of wanted) {
      const explained = await explainClass(asked, { one, run, predictions, inPieces });
      predictions = explained.predictions;
      answers.push(explained.answer);
    }
    return { predictions, answers };
  } finally {
    run.dispose();
  }
}

async function explainClass(
  { model, job, terminal, watch }: Asked,
  { one, run, predictions, inPieces }: { one: Wanted; run: Run; predictions: readonly Prediction[]; inPieces: boolean },
): Promise<{ predictions: readonly Prediction[]; answer: ClassAnswer }> {
  const known = "index" in one ? one.index : predictions[one.rank]?.index;
  const title = known === undefined ? "the most likely class" : classTitle(known, model.classNames?.[known]);
  const total = job.choice.methods.length;
  const answer = await explainTarget(run, {
    ...job.choice,
    target: known === undefined ? topClass() : classLogit(known),
    layer: job.layer,
    ...(predictions.length === 0 ? { predictions: 5 } : {}),
    ...(inPieces ? { onMethod: (done) => terminal.progress(`explaining ${title}`, done, total) } : {}),
    onPass: (method, done, all) => terminal.progress(methodTitle(method), done, all),
  });
  if (inPieces) terminal.progress(`explaining ${title}`, total, total);
  const all = predictions.length > 0 ? predictions : answer.predictions;
  const index = known ?? all[0]?.index ?? 0;
  const label = model.classNames?.[index];
  watch.lap(inPieces ? `backward, ${classTitle(index, label)}` : `forward and backward, ${classTitle(index, label)}`);
  return { predictions: all, answer: { index, label, results: answer.results, skipped: answer.skipped } };
}

/** Turns results into pictures. */
async function drawClasses(
  answers: readonly ClassAnswer[],
  { shown, job, terminal, watch }: Asked,
): Promise<ClassResult[]> {
  const total = answers.reduce((sum, { results }) => sum + results.length, 0);
  const classes: ClassResult[] = [];
  let done = 0;
  for (const { index, label, results, skipped } of answers) {
    const pictures: Picture[] = [];
    for (const result of results) {
      terminal.progress(`drawing ${methodTitle(result.method)}`, done++, total);
      pictures.push(...(await draw(result, { image: shown, prefix: classSlug(index, label), display: job.display })));
    }
    classes.push({ index, label, pictures, skipped });
  }
  terminal.progress("drawing", total, total);
  watch.lap("draw");
  return classes;
}

interface Written {
  readonly job: ExplainJob;
  readonly model: Model;
  readonly shown: ReturnType<typeof shownImage>;
  readonly predictions: readonly Prediction[];
  readonly classes: readonly ClassResult[];
  readonly assumptions: readonly string[];
  readonly watch: Stopwatch;
}

async function writeReport(folder: OutputFolder, engine: Engine, written: Written): Promise<void> {
  const { job, model, shown, predictions, classes, assumptions, watch } = written;
  const parts = classes.map(({ label, ...rest }) => ({ ...rest, title: classTitle(rest.index, label) }));
  for (const { file, bytes } of classes.flatMap(({ pictures }) => pictures)) folder.write(file, bytes);
  const imageName = basename(job.image);
  const sheet = overview(shown, parts, `${model.name}: ${imageName}`);
  folder.write("contact-sheet.png", await encodePng(sheet));
  watch.lap("write");
  const html = reportHtml({
    imageName,
    image: await encodePng(shown),
    model: model.name,
    adapter: adapterTitle(engine),
    predictions,
    classes: parts,
    assumptions,
    timings: watch.laps,
    version,
  });
  folder.write("report.html", html);
}

/** The adapter's name, and whether a processor only plays it. */
function adapterTitle({ adapter }: Engine): string {
  return `${adapter.name}${adapter.software ? " (software: no graphics processor is used)" : ""}`;
}

function announce(terminal: Terminal, written: Written & { folder: OutputFolder; engine: Engine }): void {
  const { predictions, classes, model, job, watch, folder, engine, assumptions } = written;
  for (const assumption of assumptions) terminal.note(assumption);
  const width = Math.max(...predictions.map(({ index, label }) => classTitle(index, label).length), 0);
  terminal.say(`\n${model.name} sees in ${basename(job.image)}:`);
  for (const { index, label, probability } of predictions)
    terminal.say(`  ${classTitle(index, label).padEnd(width)}  ${(100 * probability).toFixed(2).padStart(6)} %`);
  for (const { pictures, skipped, index, label } of classes) {
    terminal.say(`\n${classTitle(index, label)}: ${pictures.length} pictures`);
    for (const { method, why } of skipped) terminal.say(`  without ${method}: ${why}`);
    for (const title of new Set(pictures.filter(({ empty }) => empty).map((picture) => picture.title)))
      terminal.say(`  ${title} is empty: there is no positive evidence`);
    for (const note of new Set(pictures.flatMap(({ notes }) => notes))) terminal.say(`  ${note}`);
  }
  terminal.say("");
  for (const [phase, ms] of watch.laps) terminal.say(`  ${(ms / 1000).toFixed(2).padStart(7)} s  ${phase}`);
  const count = classes.reduce((sum, { pictures }) => sum + pictures.length, 2);
  terminal.say(`\nWrote ${count} files into ${folder.path}${sep}`);
  terminal.say("Open report.html to see everything, contact-sheet.png for one picture of all.");
  terminal.result({
    adapter: engine.adapter,
    model: model.name,
    image: job.image,
    // boxes are in these pixels
    shown: { width: written.shown.width, height: written.shown.height },
    folder: folder.path,
    predictions,
    classes: classes.map(({ pictures, ...rest }) => ({ ...rest, pictures: pictures.map(described) })),
    assumptions,
    timingsMs: Object.fromEntries(watch.laps),
  });
}

function described({ bytes, thumbnail: _thumbnail, ...rest }: Picture): object {
  return { ...rest, sizeBytes: bytes.length };
}
