import { NonFiniteError, ShapeError } from "../errors.ts";
import type { Model } from "../nn/model.ts";
import { listed } from "../nn/names.ts";
import { type TrainableWeight, trainableWeights } from "../nn/trainable.ts";
import type { Observation } from "../nn/training.ts";
import type { Seed } from "../random.ts";
import type { Tensor, TypedData } from "../tensor/tensor.ts";
import type { Batch } from "./data/batches.ts";
import { targetShape } from "./evaluate.ts";
import { type GradientQuestion, lossAndGradients } from "./gradients.ts";
import { type Loss, type LossName, lossOf } from "./loss-names.ts";
import { checkLabels, rowWeights, weightedMean } from "./losses.ts";
import { type Moved, moveAll, moveBack } from "./moving-statistics.ts";
import type { Optimizer, OptimizerState } from "./optimizers/optimizer.ts";
import { checkWeights, readWeights, type SavedWeight, writeWeights } from "./saved-weights.ts";

export type { SavedWeight };

/** How a model is trained. */
export interface TrainerOptions {
  /** Makes the optimiser of the weights that are trained: `(weights) => adam(weights)`. */
  readonly optimizer: (parameters: readonly Tensor[]) => Optimizer;
  /** "softmax" unless given: cross-entropy of the logits. */
  readonly loss?: LossName | Loss;
  /** Of dropout; 0 unless given. */
  readonly seed?: Seed;
  /** Names of layers that stay as they are and compute as in inference. */
  readonly frozen?: readonly string[];
  /** The batches hold outputs of this layer instead of the model's input. */
  readonly from?: string | undefined;
  /** How much an example counts, by its label; 1 each unless given. */
  readonly classWeights?: readonly number[];
  /** Batches whose gradients make one update: one unless given. */
  readonly accumulate?: number;
  /** Keep only the outputs of these layers and compute the rest again on the way back; `true` takes all of
   * `model.narrowPlaces()`. Memory for one more forward pass. */
  readonly recompute?: boolean | readonly string[];
}

/** What one step says once the GPU has done it. */
export interface StepResult {
  readonly loss: number;
  /** Length of all gradients together, before clipping; where batches are added up, of the last update. */
  readonly gradientNorm: number;
  /** [n, classes], row after row. */
  readonly logits: Float32Array;
}

/** All that training can be taken up from, bit for bit. */
export interface TrainerState {
  readonly step: number;
  /** All of the model's, those of frozen layers and moving statistics too. */
  readonly weights: readonly SavedWeight[];
  readonly optimizer: OptimizerState;
}

/** Trains a model's weights, a batch at a time. It changes the model's own weights. */
export class Trainer {
  readonly model: Model;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly frozen: ReadonlySet<string>;
  /** The weights that are trained, in the order of the optimiser's parameters. */
  readonly weights: readonly TrainableWeight[];
  readonly #options: TrainerOptions;
  readonly #cuts: readonly string[];
  #steps = 0;
  /** Batches whose gradients no update has used yet. */
  #added = 0;

  /** @throws ShapeError where nothing is left to train, or cuts and `from` do not fit; UnknownNameError for a layer or
   *          loss that is not there */
  constructor(model: Model, options: TrainerOptions) {
    this.model = model;
    this.#options = options;
    this.loss = lossOf(options.loss ?? "softmax");
    this.frozen = new Set((options.frozen ?? []).map((name) => model.layer(name).name));
    this.weights = trainableWeights(model, this.frozen);
    if (this.weights.length === 0)
      throw new ShapeError(
        `model "${model.name}": there is nothing to train; all its layers are frozen, or have no weights`,
      );
    model.assertLoaded();
    this.#cuts = cutsOf(model, options);
    this.optimizer = options.optimizer(this.weights.map(({ tensor }) => tensor));
  }

  /** Batches so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether gradients were added up that no update has used yet: a state does not hold them. */
  get pending(): boolean {
    return this.#added > 0;
  }

  /** The layer that batches hold outputs of; the model's input where undefined. */
  get from(): string | undefined {
    return this.#options.from;
  }

  /** One batch: forward pass, walk back, and the update, unless more batches are to be added up first.
   * @throws ShapeError for a batch that does not fit, a label that is no class
   * @throws NonFiniteError where the loss or a gradient is not finite, naming the first layer at fault; the weights are
   *         then as they were before this batch, and stay so */
  async step(batch: Batch): Promise<StepResult> {
    const encoded = this.model.engine.scope(() => this.#encode(batch, this.#steps));
    this.#steps++;
    try {
      return await this.#resultOf(batch, encoded);
    } finally {
      for (const { before } of encoded.moved) before.dispose();
    }
  }

  /** Updates the weights by the gradients that were added up so far, if there are any: those of an epoch's end may be
   * fewer than `accumulate`. */
  flush(): void {
    if (this.pending) this.optimizer.update();
    this.#added = 0;
  }

  async #resultOf(batch: Batch, { step, read, moved }: Encoded): Promise<StepResult> {
    const [loss, logits, squares] = await read;
    const result = {
      loss: loss?.[0] ?? Number.NaN,
      gradientNorm: Math.sqrt(squares?.[0] ?? Number.NaN),
      logits: Float32Array.from(logits ?? []),
    };
    if (Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm)) return result;
    moveBack(moved);
    await this.#findFault(batch, step);
    throw new NonFiniteError(
      `step ${step + 1}: the loss is ${result.loss} and the gradients' length ${result.gradientNorm}. ` +
        "Every value and gradient was finite when the batch was looked at again; take a smaller learning rate.",
    );
  }

  /** Reads everything that a run can be taken up from. */
  async state(): Promise<TrainerState> {
    return { step: this.#steps, weights: await this.savedWeights(), optimizer: await this.optimizer.state() };
  }

  /** @throws ShapeError for the state of another model, WeightsFormatError for that of another optimiser; nothing has
   *          changed then */
  restore(state: TrainerState): void {
    checkWeights(this.model, state.weights);
    this.optimizer.restore(state.optimizer);
    this.restoreWeights(state.weights);
    this.#steps = state.step;
    this.#added = 0;
  }

  /** Reads all weights of the model. */
  async savedWeights(): Promise<SavedWeight[]> {
    return await readWeights(this.model);
  }

  /** @throws ShapeError unless they are this model's */
  restoreWeights(weights: readonly SavedWeight[]): void {
    writeWeights(this.model, weights);
  }

  /** Frees the optimiser; the model is the caller's. */
  dispose(): void {
    this.optimizer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #encode(batch: Batch, step: number): Encoded {
    const observations: Observation[] = [];
    const moved: Moved[] = [];
    const { loss, logits, gradients } = lossAndGradients({
      ...this.#question({ batch, step }, (observation) => observations.push(observation)),
      // what batch norm saw lives as long as the tape
      onTape: () => void moved.push(...moveAll(observations.splice(0))),
    });
    const { accumulate = 1 } = this.#options;
    const { optimizer } = this;
    if (accumulate === 1) optimizer.update(gradients);
    else {
      optimizer.accumulate(gradients, 1 / accumulate);
      if (++this.#added === accumulate) this.flush();
    }
    return { read: this.model.engine.read([loss, logits, optimizer.squaredNorm]), step, moved };
  }

  /** What is asked of a batch with the random numbers of a step. */
  #question(
    { batch, step }: { readonly batch: Batch; readonly step: number },
    onObservation?: (observation: Observation) => void,
  ): GradientQuestion {
    const { model, frozen, loss } = this;
    const { engine } = model;
    const { seed = 0, from, classWeights } = this.#options;
    const [rows = 1] = batch.shape;
    const classes = model.outputShape.at(-1);
    if (batch.y instanceof Int32Array && typeof classes === "number") checkLabels(batch.y, classes);
    const x = engine.tensor(batch.x, batch.shape);
    const y = engine.tensor(batch.y, [rows, ...targetShape(batch)]);
    const counts =
      classWeights && batch.y instanceof Int32Array
        ? engine.tensor(rowWeights(batch.y, classWeights), [rows])
        : undefined;
    const training = { seed: `${seed}/${step}`, frozen, ...(onObservation ? { onObservation } : {}) };
    return {
      model,
      x,
      from,
      cuts: this.#cuts,
      training,
      loss: (outputs, tape) => weightedMean(loss(outputs, y, { model, tape, training }), counts),
      wrt: this.weights.map(({ tensor }) => tensor),
    };
  }

  /** Runs the batch again and looks at everything in the order in which it is computed, values before gradients.
   * @throws NonFiniteError naming the first layer at fault */
  async #findFault(batch: Batch, step: number): Promise<void> {
    const { engine } = this.model;
    await engine.checked(() =>
      engine.scope(() => {
        const { gradients } = lossAndGradients({
          ...this.#question({ batch, step }),
          onCotangent: ({ label }, dy) => engine.inspect(dy, `gradient at ${label}`),
        });
        for (const [i, { layer, name }] of this.weights.entries())
          if (gradients[i]) engine.inspect(gradients[i], `gradient of ${layer}/${name}`);
      }),
    );
  }
}

/** A step that the GPU has yet to do. */
interface Encoded {
  /** From 0. */
  readonly step: number;
  readonly read: Promise<TypedData[]>;
  readonly moved: readonly Moved[];
}

function cutsOf(model: Model, { recompute = false, from }: TrainerOptions): readonly string[] {
  if (recompute === false) return [];
  const places = model.narrowPlaces();
  const after = places.slice(from === undefined ? 0 : places.indexOf(model.layer(from).name) + 1);
  if (recompute === true) return after;
  const wrong = recompute.find((name) => !after.includes(model.layer(name).name));
  if (wrong === undefined) return recompute.map((name) => model.layer(name).name);
  throw new ShapeError(`recompute: after "${wrong}" more than its output is needed. Cut at any of ${listed(after)}.`);
}
