import { mean } from "../autograd/ops/reduce.ts";
import { Tape } from "../autograd/tape.ts";
import type { Model } from "../nn/model.ts";
import { findOutputs } from "../nn/outputs.ts";
import { type Batch, batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { type Loss, type LossName, lossOf } from "./loss-names.ts";

/** How well a network does on examples. */
export interface Evaluation {
  readonly examples: number;
  /** Mean over them. */
  readonly loss: number;
  /** Share of the examples whose greatest logit is that of their label; undefined where they have no labels. */
  readonly accuracy: number | undefined;
}

/** How a data set is gone through. */
export interface EvaluateOptions {
  /** "softmax" unless given. */
  readonly loss?: LossName | Loss;
  /** 64 unless given. */
  readonly batchSize?: number;
  /** The data set holds outputs of this layer instead of the model's input. */
  readonly from?: string | undefined;
  /** Gets the logits of every batch, [n, classes], for metrics of one's own. */
  readonly onBatch?: (logits: Float32Array, batch: Batch) => void;
}

/** Mean loss and accuracy of a model in inference.
 * @throws as `batches` and `Model.forward` do */
export async function evaluate(model: Model, data: Dataset, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { batchSize = 64, onBatch } = options;
  let sums = nothingSeen;
  for await (const batch of batches(data, { size: batchSize })) {
    const seen = await answers(model, batch, options);
    sums = withBatch(sums, batch, seen);
    onBatch?.(seen.logits, batch);
  }
  return meansOf(sums);
}

async function answers(
  model: Model,
  batch: Batch,
  { loss = "softmax", from }: EvaluateOptions,
): Promise<{ loss: number; logits: Float32Array }> {
  const { engine } = model;
  const lossFunction = lossOf(loss);
  const reading = engine.scope(() => {
    using tape = new Tape(engine, { fast: true });
    const x = engine.tensor(batch.x, batch.shape);
    const y = engine.tensor(batch.y, [batch.shape[0] ?? 1, ...targetShape(batch)]);
    const outputs = findOutputs(tape, model.forward(x, { tape, ...(from === undefined ? {} : { from }) }));
    // commands that read are encoded before the tape frees anything
    return { read: engine.read([tape.run(() => mean(lossFunction(outputs, y, { model, tape }))), outputs.logits]) };
  });
  const [total, logits] = await reading.read;
  return { loss: total?.[0] ?? Number.NaN, logits: Float32Array.from(logits ?? []) };
}

/** Of one example's targets: nothing for labels. */
export function targetShape({ y, shape }: Batch): number[] {
  return y instanceof Int32Array ? [] : [y.length / (shape[0] ?? 1)];
}

/** Sums over the examples that were seen. */
export interface Sums {
  readonly examples: number;
  readonly lossSum: number;
  /** Examples whose label has the greatest logit; undefined where they have no labels. */
  readonly correct: number | undefined;
}

export const nothingSeen: Sums = { examples: 0, lossSum: 0, correct: 0 };

/** The sums with one more batch in them.
 * @param seen.loss mean over the batch */
export function withBatch(sums: Sums, { y, shape }: Batch, seen: { loss: number; logits: Float32Array }): Sums {
  const examples = shape[0] ?? 1;
  const correct = y instanceof Int32Array ? countCorrect(seen.logits, y) : undefined;
  return {
    examples: sums.examples + examples,
    lossSum: sums.lossSum + seen.loss * examples,
    correct: sums.correct === undefined || correct === undefined ? undefined : sums.correct + correct,
  };
}

export function meansOf({ examples, lossSum, correct }: Sums): Evaluation {
  return { examples, loss: lossSum / examples, accuracy: correct === undefined ? undefined : correct / examples };
}

function countCorrect(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  let count = 0;
  for (const [row, label] of labels.entries()) {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    if (scores.indexOf(Math.max(...scores)) === label) count++;
  }
  return count;
}
