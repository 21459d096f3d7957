import { atLeastOne } from "../at-least-one.ts";
import type { Seed } from "../random.ts";
import { type Augment, type BatchOptions, batchCount, batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { type Evaluation, evaluate, meansOf, nothingSeen, type Sums, withBatch } from "./evaluate.ts";
import type { SavedWeight } from "./saved-weights.ts";
import type { Trainer, TrainerState } from "./trainer.ts";

/** Where a run stands: the batches of `epoch` that are done, and what they came to. */
export interface Position {
  /** From 0. */
  readonly epoch: number;
  /** Batches done in this epoch. */
  readonly batch: number;
  readonly sums: Sums;
}

/** The best epoch so far, for early stopping. */
interface Best {
  readonly epoch: number;
  readonly loss: number;
  readonly weights: readonly SavedWeight[];
}

/** A run that can be taken up again, bit for bit. */
export interface Snapshot {
  readonly trainer: TrainerState;
  readonly position: Position;
  readonly history: readonly EpochRecord[];
  readonly best?: Best;
}

/** How an epoch went. */
export interface EpochRecord extends Evaluation {
  /** From 0. */
  readonly epoch: number;
  readonly validation?: Evaluation;
  readonly seconds: number;
}

/** What is told after every step. */
export interface StepRecord {
  readonly epoch: number;
  readonly epochs: number;
  /** Batches done in this epoch, of so many. */
  readonly batch: number;
  readonly batches: number;
  /** Of this batch. */
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Over the epoch so far. */
  readonly means: Evaluation;
  readonly examplesPerSecond: number;
}

/** How long and on what a model is trained. */
export interface FitOptions {
  readonly epochs: number;
  /** Examples in a batch; 32 unless given. */
  readonly batchSize?: number;
  /** Looked at after every epoch. */
  readonly validation?: Dataset;
  /** Of the order of the examples and of what augmentation draws; 0 unless given. */
  readonly seed?: Seed;
  readonly augment?: Augment;
  /** Ends the run once `patience` epochs in a row were no better than the best before; the weights of the best come back.
   * "Better" is a smaller loss on the validation data, or on the training data where there is none. */
  readonly earlyStopping?: { readonly patience: number };
  /** Takes up a run that was interrupted. */
  readonly resume?: Snapshot;
  /** Once aborted, the batch under way is finished and the run returns, `stopped`. */
  readonly signal?: AbortSignal;
  readonly onStep?: (record: StepRecord) => void;
  /** Awaited; `snapshot` reads the whole state, to be written to a file. */
  readonly onEpoch?: (record: EpochRecord, snapshot: () => Promise<Snapshot>) => void | Promise<void>;
}

/** How a run ended. */
export interface FitResult {
  readonly history: readonly EpochRecord[];
  /** Epoch whose weights the model has. */
  readonly bestEpoch: number;
  readonly ended: "finished" | "early" | "stopped";
  /** Where a run that was stopped goes on. */
  readonly snapshot?: Snapshot;
}

/** Trains for some epochs. It is the loop around `trainer.step`, with the order of the examples, validation, early stopping
 * and a state that can be saved; write your own where you need another.
 * @throws ShapeError for options that make no sense; what `Trainer.step` throws */
export async function fit(trainer: Trainer, data: Dataset, options: FitOptions): Promise<FitResult> {
  const run = new FitRun(trainer, data, options);
  return await run.go();
}

class FitRun {
  readonly #trainer: Trainer;
  readonly #data: Dataset;
  readonly #options: FitOptions;
  readonly #batch: BatchOptions;
  readonly #history: EpochRecord[];
  #position: Position;
  #best: Best | undefined;

  constructor(trainer: Trainer, data: Dataset, options: FitOptions) {
    const { epochs, batchSize = 32, seed = 0, augment, resume } = options;
    for (const [name, value] of Object.entries({ epochs, batchSize })) atLeastOne(`fit: ${name}`, value);
    this.#trainer = trainer;
    this.#data = data;
    this.#options = options;
    this.#batch = { size: batchSize, shuffle: seed, ...(augment ? { augment } : {}) };
    this.#history = [...(resume?.history ?? [])];
    this.#position = resume?.position ?? { epoch: 0, batch: 0, sums: nothingSeen };
    this.#best = resume?.best;
    if (resume) trainer.restore(resume.trainer);
  }

  async go(): Promise<FitResult> {
    while (this.#position.epoch < this.#options.epochs) {
      const record = await this.#epoch();
      if (!record) return this.#result("stopped", await this.#snapshot());
      this.#history.push(record);
      this.#position = { epoch: record.epoch + 1, batch: 0, sums: nothingSeen };
      const early = await this.#isOver(record);
      await this.#options.onEpoch?.(record, () => this.#snapshot());
      if (early) return this.#result("early");
    }
    return this.#result("finished");
  }

  /** @returns undefined where the signal ended it */
  async #epoch(): Promise<EpochRecord | undefined> {
    const { epochs, signal, validation, onStep, batchSize = 32 } = this.#options;
    const { epoch, batch: skip } = this.#position;
    const count = batchCount(this.#data, this.#batch);
    const start = performance.now();
    const before = this.#position.sums.examples;
    for await (const batch of batches(this.#data, { ...this.#batch, epoch, skip })) {
      if (signal?.aborted && !this.#trainer.pending) return undefined;
      const { learningRate } = this.#trainer.optimizer;
      const seen = await this.#trainer.step(batch);
      const sums = withBatch(this.#position.sums, batch, seen);
      this.#position = { epoch, batch: this.#position.batch + 1, sums };
      onStep?.({
        epoch,
        epochs,
        batch: this.#position.batch,
        batches: count,
        loss: seen.loss,
        gradientNorm: seen.gradientNorm,
        learningRate,
        means: meansOf(sums),
        examplesPerSecond: ((sums.examples - before) / (performance.now() - start)) * 1000,
      });
    }
    this.#trainer.flush();
    if (signal?.aborted) return undefined;
    const { model, loss, from } = this.#trainer;
    const checked = validation ? { validation: await evaluate(model, validation, { loss, batchSize, from }) } : {};
    return { epoch, ...meansOf(this.#position.sums), ...checked, seconds: (performance.now() - start) / 1000 };
  }

  /** Remembers the best epoch, and tells whether too many since were no better; then its weights come back. */
  async #isOver({ epoch, loss, validation }: EpochRecord): Promise<boolean> {
    const { earlyStopping } = this.#options;
    if (!earlyStopping) return false;
    const now = validation?.loss ?? loss;
    // a loss that is not a number is worse than any
    if (!this.#best || now < this.#best.loss || Number.isNaN(this.#best.loss))
      this.#best = { epoch, loss: now, weights: await this.#trainer.savedWeights() };
    const over = epoch - this.#best.epoch >= earlyStopping.patience;
    if (over || epoch + 1 === this.#options.epochs) this.#trainer.restoreWeights(this.#best.weights);
    return over;
  }

  async #snapshot(): Promise<Snapshot> {
    const trainer = await this.#trainer.state();
    const best = this.#best ? { best: this.#best } : {};
    return { trainer, position: this.#position, history: [...this.#history], ...best };
  }

  #result(ended: FitResult["ended"], snapshot?: Snapshot): FitResult {
    const last = this.#history.length - 1;
    const bestEpoch = ended === "stopped" ? last : (this.#best?.epoch ?? last);
    return { history: this.#history, bestEpoch, ended, ...(snapshot ? { snapshot } : {}) };
  }
}
