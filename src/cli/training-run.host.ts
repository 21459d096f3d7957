import { existsSync, mkdirSync } from "node:fs";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "../../weights/checkpoint.ts";
import { fileSource } from "../../weights/file-source.ts";
import { FileSink, writeWhole } from "../../weights/save.host.ts";
import { BacklightError, NonFiniteError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Dataset } from "../train/data/dataset.ts";
import type { Evaluation } from "../train/evaluate.ts";
import {
  type EpochRecord,
  type FitOptions,
  type FitResult,
  fit,
  type Snapshot,
  type StepRecord,
} from "../train/fit.ts";
import type { Trainer } from "../train/trainer.ts";
import { openEngine } from "./engine.host.ts";
import { Interruption } from "./interruption.host.ts";
import type { ParsedOptions } from "./options.ts";
import type { Terminal } from "./terminal.host.ts";
import { exitCodes } from "./usage.ts";

/** One run of training, and where it saves itself. */
export interface TrainingRun extends Pick<FitOptions, "batchSize" | "seed" | "validation" | "augment" | "signal"> {
  readonly trainer: Trainer;
  readonly data: Dataset;
  readonly epochs: number;
  readonly patience: number;
  /** Path of the file that the state is saved in after every epoch, and when the run is interrupted. */
  readonly checkpoint: string;
  /** Saved along, to be the same when the run is taken up. */
  readonly settings: unknown;
  readonly resume?: Snapshot | undefined;
}

/** Trains, tells how far it is, and saves a checkpoint after every epoch and where the signal stops it.
 * @throws NonFiniteError naming the layer at fault; BacklightError if a checkpoint cannot be written; the last one that was
 *         written stays whole either way */
export async function runTraining(run: TrainingRun, terminal: Terminal): Promise<FitResult> {
  const { trainer, data, patience, resume, checkpoint, settings, ...options } = run;
  const save = async (snapshot: Snapshot) =>
    await saveCheckpoint(checkpoint, { snapshot, config: trainer.model.config, settings });
  const progress = new TrainingProgress(terminal);
  try {
    const result = await fit(trainer, data, {
      ...options,
      epochs: isOver(resume, patience) ? Math.max(1, resume.position.epoch) : options.epochs,
      earlyStopping: { patience },
      ...(resume ? { resume } : {}),
      onStep: (record) => progress.step(record),
      onEpoch: async (record, snapshot) => {
        terminal.say(epochLine(record, options.epochs));
        await save(await snapshot());
      },
    });
    if (result.snapshot) await save(result.snapshot);
    return result;
  } catch (error) {
    if (!(error instanceof NonFiniteError) || !existsSync(checkpoint)) throw error;
    throw new NonFiniteError(`${error.message} The last good state is kept in ${checkpoint}.`, { cause: error });
  }
}

/** Opens an engine and trains on it. Ctrl-C aborts the signal; then it says how to go on.
 * @param run.again the command that takes the run up
 * @param train     tells whether it came to its end
 * @returns         the program's exit code */
export async function trainInterruptibly(
  { checkpoint, again }: { readonly checkpoint: string; readonly again: string },
  terminal: Terminal,
  train: (engine: Engine, signal: AbortSignal) => Promise<boolean>,
): Promise<number> {
  const engine = await openEngine(terminal);
  const interruption = new Interruption(() => terminal.note("Finishing the batch under way, then saving."));
  try {
    if (await train(engine, interruption.signal)) return exitCodes.ok;
    terminal.say(`Saved ${checkpoint}. Go on with: ${again}`);
    return interruption.exitCode ?? exitCodes.failure;
  } finally {
    interruption.release();
    engine.dispose();
  }
}

/** The command that takes a run up, with those options that were given and that no checkpoint keeps. */
export function againWith(command: string, options: ParsedOptions, names: readonly string[]): string {
  const kept = names.flatMap((name) => {
    const value = options.get(name);
    if (value === undefined) return [];
    return value === "" ? [`--${name}`] : [`--${name} ${quoted(value)}`];
  });
  return [`backlight ${command} --resume`, ...kept].join(" ");
}

/** As a shell takes it for one word. */
export function quoted(text: string): string {
  return /[^\w./,:-]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : text;
}

/** Whether the run had been stopped for want of progress: taken up again, it would train on. */
function isOver(snapshot: Snapshot | undefined, patience: number): snapshot is Snapshot {
  const [last, best] = [snapshot?.history.at(-1), snapshot?.best];
  return last !== undefined && best !== undefined && last.epoch - best.epoch >= patience;
}

/** All of the file at once or nothing of it: the old one stays whole where the disk is full. */
async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  try {
    await writeWhole(new FileSink(path, { overwrite: true }), (sink) => writeCheckpoint(checkpoint, sink));
  } catch (cause) {
    if (!(cause instanceof BacklightError) || !existsSync(path)) throw cause;
    throw new BacklightError(`${cause.message}. The one before it is whole: make room, and go on with --resume.`, {
      cause,
    });
  }
}

/** The checkpoint of a run that is to be taken up; undefined for a new one, whose folder is made.
 * @throws BacklightError where there is nothing to take up, or a run is in the way; WeightsFormatError for a file that is
 *         no checkpoint, or damaged */
export function openRun(
  folder: string,
  { checkpoint, resume }: { readonly checkpoint: string; readonly resume: boolean },
): Checkpoint | undefined {
  const there = existsSync(checkpoint);
  if (resume && !there)
    throw new BacklightError(`${folder} has no checkpoint to go on from: ${checkpoint} is missing.`);
  if (there && !resume)
    throw new BacklightError(`${folder} has a run already. Go on with it (--resume) or choose another folder (--out).`);
  if (!resume) return void makeFolder(folder);
  const source = fileSource(checkpoint);
  try {
    return readCheckpoint(source);
  } finally {
    source.close();
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BacklightError(`cannot write to the folder ${folder}: ${why}. Choose another with --out.`, { cause });
  }
}

/** The line that tells how far the run is. */
class TrainingProgress {
  readonly #terminal: Terminal;
  #first: { readonly step: number; readonly at: number } | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  step({ epoch, epochs, batch, batches, means, examplesPerSecond }: StepRecord): void {
    const [done, total] = [epoch * batches + batch, epochs * batches];
    const now = performance.now();
    this.#first ??= { step: done, at: now };
    const { step, at } = this.#first;
    const perStepMs = done > step ? (now - at) / (done - step) : undefined;
    const text = [
      `epoch ${epoch + 1}/${epochs}`,
      `step ${batch}/${batches}`,
      `loss ${means.loss.toFixed(4)}`,
      ...(means.accuracy === undefined ? [] : [`accuracy ${percent(means.accuracy)}`]),
      `${Math.round(examplesPerSecond)} images/s`,
      ...(perStepMs === undefined ? [] : [`${duration((perStepMs * (total - done)) / 1000)} left`]),
    ];
    this.#terminal.progress(`${text.join(", ")},`, done, total);
  }
}

function epochLine({ epoch, validation, seconds, ...training }: EpochRecord, epochs: number): string {
  const checked = validation ? `; validation: ${shown(validation)}` : "";
  return `Epoch ${epoch + 1} of ${epochs}: ${shown(training)}${checked}; ${duration(seconds)}`;
}

/** "loss 0.0321, accuracy 99.12 %" */
export function shown({ loss, accuracy }: Evaluation): string {
  return `loss ${loss.toFixed(4)}${accuracy === undefined ? "" : `, accuracy ${percent(accuracy)}`}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** "1:05", or "2:01:05" */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}
