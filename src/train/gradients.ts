import { add } from "../autograd/ops/arithmetic.ts";
import { type BackwardOptions, Tape } from "../autograd/tape.ts";
import { ShapeError } from "../errors.ts";
import type { Model } from "../nn/model.ts";
import { findOutputs, type Outputs } from "../nn/outputs.ts";
import type { TrainingPass } from "../nn/training.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** One forward pass and one walk back, of a model on one batch. */
export interface GradientQuestion {
  readonly model: Model;
  /** The model's input, or the output of the layer `from`. */
  readonly x: Tensor;
  readonly training: TrainingPass;
  /** From the network's end to the number that is to become small, [1]. It is recorded. */
  readonly loss: (outputs: Outputs, tape: Tape) => Tensor;
  /** Weights whose gradients are wanted. */
  readonly wrt: readonly Tensor[];
  /** The layer that x is the output of; the model's input unless given. */
  readonly from?: string | undefined;
  /** Layers, in computing order, at which the pass is cut: only their outputs are kept, and what is between is computed
   * again on the way back. See `Model.narrowPlaces`. */
  readonly cuts?: readonly string[];
  /** Sees every cotangent, from the loss to the input. */
  readonly onCotangent?: BackwardOptions["onCotangent"];
  /** Sees every tape before it is freed, the last part of the network first. */
  readonly onTape?: (tape: Tape) => void;
}

/** The caller owns all of it. */
export interface LossAndGradients {
  /** [1] */
  readonly loss: Tensor;
  readonly logits: Tensor;
  /** In the order of `wrt`. */
  readonly gradients: readonly Tensor[];
}

/** The loss and its gradients. With cuts, memory holds the outputs at the cuts and one part's activations at a time,
 * for one more forward pass (Chen et al. 2016, "Training deep nets with sublinear memory cost").
 * @throws ShapeError for a cut after which more than one tensor is needed */
export function lossAndGradients(question: GradientQuestion): LossAndGradients {
  const { model, x, training, cuts = [] } = question;
  const { engine } = model;
  return engine.scope(() => {
    const quiet: TrainingPass = { seed: training.seed, ...(training.frozen ? { frozen: training.frozen } : {}) };
    let part: Part = { from: question.from, x };
    const parts = [part];
    for (const upTo of cuts) {
      part = { from: upTo, x: model.forward(part.x, { ...optional({ from: part.from }), upTo, training: quiet }) };
      parts.push(part);
    }
    return walkParts(question, parts);
  });
}

/** Where a part of the network begins. */
interface Part {
  readonly from: string | undefined;
  readonly x: Tensor;
}

function walkParts(question: GradientQuestion, parts: readonly Part[]): LossAndGradients {
  const { model, training, wrt, onTape, onCotangent } = question;
  const sums = new Map<Tensor, Tensor>();
  let end: Pick<LossAndGradients, "loss" | "logits"> | undefined;
  let seed: Tensor | undefined;
  for (const [i, { from, x }] of [...parts.entries()].toReversed()) {
    using tape = new Tape(model.engine, { fast: true });
    const output = model.forward(x, { ...optional({ from, upTo: parts[i + 1]?.from }), tape, training });
    let y = output;
    if (!end) {
      const outputs = findOutputs(tape, output);
      y = tape.run(() => question.loss(outputs, tape));
      // views, since the tape frees its own
      end = { loss: y.withShape(y.shape), logits: outputs.logits.withShape(outputs.logits.shape) };
    }
    const weights = wrt.filter((tensor) => tape.has(tensor));
    const asked = i === 0 ? weights : [...weights, x];
    const gradients = tape.backward(y, { ...optional({ seed, onCotangent }), wrt: asked });
    for (const [k, tensor] of weights.entries()) addTo(sums, tensor, gradients[k]);
    seed = gradients[weights.length];
    onTape?.(tape);
  }
  if (!end) throw new ShapeError("lossAndGradients: there is no part to compute");
  return { ...end, gradients: wrt.map((tensor) => sums.get(tensor) ?? model.engine.zeros(tensor.shape)) };
}

/** A layer that is shared has gradients in several parts. */
function addTo(sums: Map<Tensor, Tensor>, tensor: Tensor, gradient: Tensor | undefined): void {
  const before = sums.get(tensor);
  if (gradient) sums.set(tensor, before ? add(before, gradient) : gradient);
}

/** What is given, without what is undefined. */
function optional<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
