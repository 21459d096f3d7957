import { join, resolve, sep } from "node:path";
import { assertSameModel, type Checkpoint } from "../../../weights/checkpoint.ts";
import { saveModel } from "../../../weights/save.ts";
import { type Engine, encodePng, type Model } from "../../index.ts";
import { digitNames, mnist } from "../../nn/applications/mnist.ts";
import { initialize } from "../../nn/trainable.ts";
import { batchCount } from "../../train/data/batches.ts";
import type { Dataset } from "../../train/data/dataset.ts";
import { type Evaluation, evaluate } from "../../train/evaluate.ts";
import type { FitResult } from "../../train/fit.ts";
import { adam } from "../../train/optimizers/adam.ts";
import { cosineDecay, type Schedule, warmUp } from "../../train/schedules.ts";
import { Trainer } from "../../train/trainer.ts";
import { writeFolder } from "../files.host.ts";
import type { ParsedOptions } from "../options.ts";
import type { Terminal } from "../terminal.host.ts";
import { againWith, openRun, runTraining, shown, trainInterruptibly } from "../training-run.host.ts";
import { UsageError } from "../usage.ts";
import { version } from "../version.ts";
import { fetchMnist, type MnistData, mnistFolder, readMnist } from "./mnist-data.host.ts";
import { digitsOf, givenSettings, keptSettings, type MnistSettings, newSettings } from "./mnist-settings.ts";
import { classSheet, type Shown } from "./mnist-sheet.ts";

/** `backlight train mnist` */
export async function runTrainMnist(options: ParsedOptions, terminal: Terminal): Promise<number> {
  const [, extra] = options.args;
  if (extra !== undefined) throw new UsageError(`train mnist takes no folder, but got "${extra}"; give it as --data.`);
  const out = resolve(options.get("out") ?? "out");
  const checkpoint = join(out, "checkpoint.safetensors");
  const given = givenSettings(options);
  const digits = digitsOf(options.get("classes"));
  const resume = openRun(out, { checkpoint, resume: options.has("resume") });
  const settings = resume ? keptSettings(resume.settings, given, checkpoint) : newSettings(given);
  const data = await dataOf(options, settings, terminal);
  const again = againWith("train mnist", options, ["data", "out", "classes"]);
  return await trainInterruptibly({ checkpoint, again }, terminal, (engine, signal) =>
    trainMnist({ engine, data, settings, digits, out, checkpoint, resume, signal }, terminal),
  );
}

async function dataOf(options: ParsedOptions, { seed }: MnistSettings, terminal: Terminal): Promise<MnistData> {
  const dir = options.get("data");
  if (dir !== undefined) return await readMnist(mnistFolder(dir), seed);
  const onProgress = ({ receivedBytes, totalBytes }: { receivedBytes: number; totalBytes: number }) =>
    terminal.progress("fetching MNIST", receivedBytes, totalBytes);
  return await readMnist(await fetchMnist({ onProgress }), seed);
}

/** All that a run needs. */
export interface MnistJob {
  readonly engine: Engine;
  readonly data: MnistData;
  readonly settings: MnistSettings;
  /** Whose maps are drawn. */
  readonly digits: readonly number[];
  /** Folder for what comes of it, which is there. */
  readonly out: string;
  readonly checkpoint: string;
  readonly resume?: Checkpoint | undefined;
  readonly signal?: AbortSignal;
}

/** Trains, tests, and writes the model, its history and the sheet of its maps.
 * @returns false where the signal stopped it: then only the checkpoint is written
 * @throws as `runTraining`; WeightsFormatError for a checkpoint of another architecture */
export async function trainMnist(job: MnistJob, terminal: Terminal): Promise<boolean> {
  const { engine, data, settings, resume, signal } = job;
  const { net, epochs, batch, seed, patience } = settings;
  using model = mnist(engine, net);
  initialize(model, { seed });
  if (resume) assertSameModel(resume, model, job.checkpoint);
  sayWhat(model, job, terminal);
  const learningRate = scheduleOf(settings, data.train);
  using trainer = new Trainer(model, { optimizer: (weights) => adam(weights, { learningRate }), seed });
  const result = await runTraining(
    {
      trainer,
      data: data.train,
      validation: data.validation,
      epochs,
      patience,
      batchSize: batch,
      seed,
      checkpoint: job.checkpoint,
      settings,
      resume: resume?.snapshot,
      ...(signal ? { signal } : {}),
    },
    terminal,
  );
  if (result.ended === "stopped") return false;
  await finish(model, { ...job, result }, terminal);
  return true;
}

function sayWhat({ name }: Model, { data, settings, resume }: MnistJob, terminal: Terminal): void {
  const { train, validation, test } = data;
  const counts = `${train.length} pictures, ${validation.length} more for validation, ${test.length} for the test`;
  const { batch, lr, seed } = settings;
  terminal.say(`Training ${name} on ${counts}; batches of ${batch}, learning rate up to ${lr}, seed ${seed}.`);
  if (resume) {
    const { epoch, batch: done } = resume.snapshot.position;
    terminal.say(`Going on in epoch ${epoch + 1}, after ${done} batches.`);
  }
}

/** A tenth of the run, or an epoch where that is less, to warm up; then half a cosine down to 0. */
function scheduleOf({ lr, epochs, batch }: MnistSettings, train: Dataset): Schedule {
  const perEpoch = batchCount(train, { size: batch });
  const steps = perEpoch * epochs;
  const warm = Math.max(1, Math.min(perEpoch, Math.round(steps / 10)));
  const after = cosineDecay({ learningRate: lr, steps: Math.max(1, steps - warm) });
  return warmUp(after, { steps: warm, from: lr / 10 });
}

interface Finished extends MnistJob {
  readonly result: FitResult;
}

async function finish(model: Model, job: Finished, terminal: Terminal): Promise<void> {
  const { data, digits, settings, out, engine, result } = job;
  const { history, bestEpoch, ended } = result;
  const { test, found } = await testOf(model, data.test, digits);
  const facts = { settings, ended, bestEpoch, history, test, adapter: engine.adapter, version };
  const blob = await saveModel(model, { format: "safetensors" });
  await writeFolder(out, async (folder) => {
    folder.write("model.safetensors", new Uint8Array(await blob.arrayBuffer()));
    folder.write("history.json", `${JSON.stringify(facts, undefined, 2)}\n`);
    if (found.length > 0) folder.write("class-maps.png", await encodePng(await classSheet(model, found)));
  });
  if (ended === "early") terminal.say(`Stopped early: epoch ${bestEpoch + 1} was the best; its weights are taken.`);
  terminal.say(`Test: ${shown(test)}`);
  for (const digit of digits)
    if (!found.some((one) => one.digit === digit)) terminal.note(`The test has no ${digit}: there are no maps of it.`);
  terminal.say(`Wrote model.safetensors, history.json and class-maps.png into ${out}${sep}`);
  terminal.result(facts);
}

/** Tests the model, and finds the first picture of each digit that it reads right, or else the first. */
async function testOf(
  model: Model,
  data: Dataset,
  digits: readonly number[],
): Promise<{ test: Evaluation; found: Shown[] }> {
  const firsts = new Map<number, { readonly index: number; readonly right: boolean }>();
  const test = await evaluate(model, data, {
    batchSize: 256,
    onBatch: (logits, { y, indices }) => {
      for (const [row, label] of y.entries()) {
        const scores = logits.subarray(digitNames.length * row, digitNames.length * (row + 1));
        const right = scores.indexOf(Math.max(...scores)) === label;
        const known = firsts.get(label);
        if (!known || (right && !known.right)) firsts.set(label, { index: indices[row] ?? 0, right });
      }
    },
  });
  const found: Shown[] = [];
  for (const digit of digits) {
    const first = firsts.get(digit);
    if (first) found.push({ digit, sample: await data.get(first.index) });
  }
  return { test, found };
}
