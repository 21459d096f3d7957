import { join, resolve, sep } from "node:path";
import { assertSameModel, type Checkpoint } from "../../../weights/checkpoint.ts";
import { saveModel } from "../../../weights/save.ts";
import { type Engine, encodePng, type Model } from "../../index.ts";
import { augmentation } from "../../train/data/augment.ts";
import type { Dataset } from "../../train/data/dataset.ts";
import { featureBytes, featureDataset, featurePlace } from "../../train/features.ts";
import type { FitResult } from "../../train/fit.ts";
import { featureLayer } from "../../train/graft.ts";
import { adam } from "../../train/optimizers/adam.ts";
import { Trainer } from "../../train/trainer.ts";
import { writeFolder } from "../files.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { againWith, openRun, quoted, runTraining, shown, trainInterruptibly } from "../training-run.host.ts";
import { UsageError } from "../usage.ts";
import { version } from "../version.ts";
import { assertSamePictures, type FolderData, type Listing, listClasses, readPictures } from "./folder-data.host.ts";
import { type FolderModel, folderModel } from "./folder-model.host.ts";
import { confusionLines, folderHtml } from "./folder-report.ts";
import { keptWords, settingsOf, type Words, wordsOf } from "./folder-settings.ts";
import { drawExamples, examplesSheet } from "./folder-sheet.ts";
import { chosenExamples, type Tested, testOn } from "./folder-test.ts";

/** `backlight train folder DIR` */
export async function runTrainFolder(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [, dir] = options.args;
  if (dir === undefined)
    throw new UsageError("train folder needs DIR, a folder with one folder of pictures for each class.");
  const out = resolve(options.get("out") ?? "out");
  const checkpoint = join(out, "checkpoint.safetensors");
  const given = wordsOf(options);
  settingsOf(given);
  const listing = listClasses(dir);
  const resume = openRun(out, { checkpoint, resume: options.has("resume") });
  const words = resume ? keptWords(resume.settings, given, checkpoint) : given;
  const again = againWith(`train folder ${quoted(dir)}`, options, ["out", "skip-bad", "keras"]);
  const rest = { skipBad: options.has("skip-bad"), keras: options.has("keras"), out, checkpoint, resume };
  return await trainInterruptibly({ checkpoint, again }, terminal, (engine, signal) =>
    trainFolder({ engine, listing, words, ...rest, signal }, terminal),
  );
}

/** All that a run needs. */
export interface FolderJob {
  readonly engine: Engine;
  readonly listing: Listing;
  readonly words: Words;
  readonly skipBad: boolean;
  /** Write the model for Keras too. */
  readonly keras: boolean;
  /** Folder for what comes of it, which is there. */
  readonly out: string;
  readonly checkpoint: string;
  readonly resume?: Checkpoint | undefined;
  readonly signal?: AbortSignal;
}

/** Fine-tunes a network on a folder per class, and writes the model, its history, and what it looks at in pictures that it
 * was not trained on.
 * @returns false where the signal stopped it: then only the checkpoint is written
 * @throws as `folderModel`, `readPictures` and `runTraining`; WeightsFormatError for a checkpoint of another architecture
 *         or of other pictures */
export async function trainFolder(job: FolderJob, terminal: Terminal): Promise<boolean> {
  const { engine, listing, words, checkpoint, resume } = job;
  const settings = settingsOf(words);
  const { model, frozen } = await folderModel(engine, { ...settings, classNames: listing.classNames }, terminal);
  using _ = model;
  if (resume) assertSameModel(resume, model, checkpoint);
  const data = await readPictures(listing, model, { ...settings, skipBad: job.skipBad, terminal });
  if (resume) assertSamePictures(picturesOf(resume), data, listing.dir);
  sayWhat({ model, frozen }, { ...job, data }, terminal);
  const started = performance.now();
  const result = await train({ model, frozen }, { ...job, data }, terminal);
  if (result.ended === "stopped") return false;
  await finish(model, { ...job, data, result, frozen, seconds: (performance.now() - started) / 1000 }, terminal);
  return true;
}

function picturesOf({ settings }: Checkpoint): unknown {
  return (settings as { readonly pictures?: unknown }).pictures;
}

interface WithData extends FolderJob {
  readonly data: FolderData;
}

/** Of a feature map's shorter side: with fewer, a map hardly tells a place. */
const fewestPositions = 5;

function sayWhat({ model, frozen }: FolderModel, { data, words, listing, resume }: WithData, terminal: Terminal): void {
  const { base, batch, lr, seed } = settingsOf(words);
  const [, height, width] = model.inputShape;
  terminal.say(
    `Training ${model.name} (${base} at ${width} x ${height}) on ${data.train.length} pictures of ` +
      `${listing.classNames.length} classes, ${data.validation.length} more for validation; ` +
      `batches of ${batch}, learning rate ${lr}, seed ${seed}.`,
  );
  const fixed = new Set(frozen);
  const weighted = model.layers.filter(({ weights }) => weights.length > 0);
  const trained = weighted.filter(({ name }) => !fixed.has(name));
  terminal.say(`Of ${weighted.length} layers with weights ${trained.length} are trained, from ${trained[0]?.name} on.`);
  const [, rows = 0, columns = 0] = featureLayer(model, undefined).outputShape.map((extent) => extent ?? 0);
  if (Math.min(rows, columns) < fewestPositions)
    terminal.note(
      `The feature maps have ${columns} x ${rows} positions only, and so will the maps of what it looks at. ` +
        "Larger pictures (--size) give finer ones.",
    );
  if (!resume) return;
  const { epoch, batch: done } = resume.snapshot.position;
  terminal.say(`Going on in epoch ${epoch + 1}, after ${done} batches.`);
}

async function train({ model, frozen }: FolderModel, job: WithData, terminal: Terminal): Promise<FitResult> {
  const { words, checkpoint, resume, data, signal } = job;
  const { epochs, batch, lr, augment, seed, patience } = settingsOf(words);
  // features are those of the weights that the run was begun with
  for (const { layer, name, values } of resume?.snapshot.trainer.weights ?? []) model.setWeight(layer, name, values);
  const sets = (await features({ model, frozen }, job, terminal)) ?? { ...data, from: undefined };
  using trainer = new Trainer(model, {
    optimizer: (weights) => adam(weights, { learningRate: lr }),
    seed,
    frozen,
    from: sets.from,
  });
  const run = { trainer, data: sets.train, validation: sets.validation, epochs, patience, batchSize: batch, seed };
  return await runTraining(
    {
      ...run,
      ...(augment ? { augment: augmentation(data.all.inputShape, augment) } : {}),
      checkpoint,
      settings: { task: "folder", options: words, pictures: data.fingerprint },
      resume: resume?.snapshot,
      ...(signal ? { signal } : {}),
    },
    terminal,
  );
}

/** More than this is computed again in every epoch. */
const mostFeatureBytes = 2 ** 31;

interface Sets {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly from: string;
}

/** What the frozen layers make of the pictures, computed once; undefined where they are computed again every time. */
async function features(
  { model, frozen }: FolderModel,
  { words, data, signal }: WithData,
  terminal: Terminal,
): Promise<Sets | undefined> {
  const { augment, batch } = settingsOf(words);
  const from = augment ? undefined : featurePlace(model, new Set(frozen));
  if (from === undefined) return undefined;
  const bytes = featureBytes(model, from, data.all.length) ?? Number.POSITIVE_INFINITY;
  const megabytes = `${Math.ceil(bytes / 2 ** 20)} MiB`;
  if (bytes > mostFeatureBytes) {
    terminal.note(`The features of the frozen layers would take ${megabytes}: they are computed again in every epoch.`);
    return undefined;
  }
  terminal.say(`The outputs of "${from}" are computed once and kept in memory (${megabytes}).`);
  const onProgress = (done: number, total: number) => terminal.progress("features of frozen layers", done, total);
  const of = (pictures: Dataset) =>
    featureDataset(model, pictures, { upTo: from, batchSize: batch, onProgress, ...(signal ? { signal } : {}) });
  const train = await of(data.train);
  const validation = train && (await of(data.validation));
  return validation && { train, validation, from };
}

interface Finished extends WithData {
  readonly result: FitResult;
  readonly frozen: readonly string[];
  readonly seconds: number;
}

async function finish(model: Model, job: Finished, terminal: Terminal): Promise<void> {
  const { out, engine, keras, result, listing, words, frozen, seconds } = job;
  const { history, bestEpoch, ended } = result;
  const tested = await testOn(model, job.data.validation);
  const drawn = await drawExamples(model, await chosenExamples(tested, job.data), terminal);
  const counts = tested.confusion.counts;
  const facts = {
    settings: settingsOf(words),
    classNames: listing.classNames,
    frozen,
    ...{ ended, bestEpoch, history, validation: tested.evaluation, confusion: counts, seconds },
    ...{ adapter: engine.adapter, version },
  };
  const files = [
    "model.safetensors",
    ...(keras ? ["model.h5"] : []),
    "history.json",
    "contact-sheet.png",
    "report.html",
  ];
  await writeFolder(out, async (folder) => {
    folder.write("model.safetensors", await bytesOf(model, "safetensors"));
    if (keras) folder.write("model.h5", await bytesOf(model, "h5"));
    folder.write("history.json", `${JSON.stringify(facts, undefined, 2)}\n`);
    folder.write("contact-sheet.png", await encodePng(examplesSheet(drawn, model.name)));
    folder.write("report.html", folderHtml({ ...facts, model: model.name, dir: listing.dir, drawn }));
  });
  if (ended === "early") terminal.say(`Stopped early: epoch ${bestEpoch + 1} was the best; its weights are taken.`);
  sayResult(tested, listing.classNames, terminal);
  terminal.say(`Wrote ${files.join(", ")} into ${out}${sep}`);
  terminal.say(`Explain a picture: backlight explain PICTURE --model ${quoted(join(out, "model.safetensors"))}`);
  terminal.result(facts);
}

async function bytesOf(model: Model, format: "safetensors" | "h5"): Promise<Uint8Array> {
  const blob = await saveModel(model, { format });
  return new Uint8Array(await blob.arrayBuffer());
}

function sayResult({ evaluation, confusion }: Tested, classNames: readonly string[], terminal: Terminal): void {
  terminal.say(`Validation: ${shown(evaluation)}`);
  for (const line of confusionLines(confusion.counts, classNames)) terminal.say(line);
}
