import { mul } from "../autograd/ops/arithmetic.ts";
import { concat, reshape } from "../autograd/ops/layout.ts";
import { sum } from "../autograd/ops/reduce.ts";
import { copies } from "../autograd/stretch.ts";
import { type Rules, Tape, type TapeNode, type TapeOptions } from "../autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../errors.ts";
import type { Model } from "../nn/model.ts";
import { findOutputs, type Outputs } from "../nn/outputs.ts";
import type { Engine } from "../tensor/engine.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor, TypedData } from "../tensor/tensor.ts";
import { findPoolingHead, type PoolingHead } from "./pooling-head.ts";
import { ReadBatch } from "./read-batch.ts";
import { scalarOf } from "./scalar.ts";
import type { Scalar, Target, TargetContext } from "./targets.ts";

/** A target layer: any name it goes by, a label of the tape ("block1_conv1/conv2d", before the activation), a pattern,
 * of which the last layer with height and width counts, or a node of the tape itself. */
export type LayerChoice = string | RegExp | TapeNode;

/** A target that was asked of a recording. */
export interface Asked extends Scalar {
  readonly target: Target;
}

/** Work under way: what is to be read, in the order in which `finish` takes it. */
export interface Encoded<T> {
  readonly tensors: readonly Tensor[];
  readonly finish: (data: TypedData[]) => T;
}

/** Sees one walk back as it goes. */
export interface WalkWatcher {
  /** As in `BackwardOptions`. */
  readonly onCotangent: (node: TapeNode, dy: Tensor) => void;
  /** @param gradients what the walk was for */
  readonly end: (gradients: readonly Tensor[]) => void;
}

interface GradientsOptions {
  /** In place of the operations' own; none unless given. */
  readonly rules?: Rules | undefined;
  /** Who sees the walk from these scalars; called before each. */
  readonly watch?: ((scalar: Scalar) => WalkWatcher) | undefined;
}

interface Recorded {
  readonly model: Model;
  readonly tape: Tape;
  readonly x: Tensor;
  readonly output: Tensor;
}

/** One recorded forward pass as the methods see it: they ask it for gradients, for outputs with something changed, and for
 * another recording of other pictures. Wherever there are several targets, rows are ordered target by target: row
 * t * pictures + i is target t of picture i. */
export class Recording {
  readonly model: Model;
  readonly tape: Tape;
  /** [n, h, w, c] */
  readonly input: Tensor;
  readonly outputs: Outputs;
  /** n */
  readonly pictures: number;
  readonly #reads: ReadBatch;
  /** Nodes of the model itself: targets may record more. */
  readonly #nodes: number;

  constructor({ model, tape, x, output }: Recorded) {
    this.model = model;
    this.tape = tape;
    this.input = x;
    this.pictures = x.shape[0] ?? 1;
    this.outputs = findOutputs(tape, output);
    this.#reads = new ReadBatch(model.engine);
    this.#nodes = tape.nodes.length;
  }

  /** Records a forward pass.
   * @throws ShapeError if x does not fit the model; WeightsFormatError if weights are missing */
  static of(model: Model, x: Tensor, options: TapeOptions = {}): Recording {
    const tape = new Tape(model.engine, options);
    try {
      return new Recording({ model, tape, x, output: model.forward(x, { tape }) });
    } catch (error) {
      tape.dispose();
      throw error;
    }
  }

  get engine(): Engine {
    return this.model.engine;
  }

  /** Names of the layers that a map can be made of, in the order of the forward pass: four axes, more than one position. */
  layers(): string[] {
    const named = new Set(this.model.layers.map((layer) => layer.name));
    const spatial = this.tape.nodes.filter((node) => named.has(node.label) && isSpatial(node.output));
    return [...new Set(spatial.map((node) => node.label))];
  }

  /** The node of a target layer; of the last layer with height and width unless one is given.
   * @throws UnknownNameError, ShapeError for a layer without height and width */
  spatialNode(layer: LayerChoice | undefined): TapeNode {
    if (layer === undefined) {
      const last = this.layers().at(-1);
      if (last === undefined) throw new ShapeError(`${this.model.name} has no layer with height and width to map`);
      return this.tape.node(last);
    }
    const node = this.node(layer);
    if (isSpatial(node.output)) return node;
    throw new ShapeError(
      `layer "${node.label}" gives ${showShape(node.output.shape)}, which has no height and width to map. ` +
        `Take one before it: ${this.layers().slice(-3).join(", ")}.`,
    );
  }

  /** @throws UnknownNameError for a name or pattern that no layer has, or a node of another tape */
  node(layer: LayerChoice): TapeNode {
    if (typeof layer === "string") {
      const isLabel = this.tape.nodes.some((node) => node.label === layer);
      return this.tape.node(isLabel ? layer : this.model.layer(layer).name);
    }
    if (layer instanceof RegExp) {
      const names = this.layers();
      const found = names.findLast((name) => layer.test(name));
      if (found !== undefined) return this.tape.node(found);
      throw new UnknownNameError(`no layer with height and width matches ${layer}; there are ${names.join(", ")}.`);
    }
    if (this.tape.nodes[layer.index] === layer) return layer;
    throw new UnknownNameError(`node "${layer.label}" is not of this run's tape; take it from run.tape.nodes.`);
  }

  /** @throws NotDefinedError for a network without one */
  poolingHead(): PoolingHead {
    return findPoolingHead(this.tape, this.outputs.logits, this.model.name);
  }

  /** What targets stand for here. Their seeds are the caller's: within `encode` they are freed, else dispose them. */
  ask(targets: readonly Target[]): Asked[] {
    const activation = (layer: string) => this.node(layer).output;
    const context: TargetContext = { ...this.outputs, tape: this.tape, activation };
    return targets.map((target) => ({ ...scalarOf(target, context), target }));
  }

  /** Gradients for `wrt`, each with a row for every target and picture; targets of one tensor take one walk back. */
  gradients(asked: readonly Scalar[], wrt: readonly Tensor[], { rules = {}, watch }: GradientsOptions = {}): Tensor[] {
    const walk = (scalar: Scalar) => {
      const watcher = watch?.(scalar);
      const onCotangent = (node: TapeNode, dy: Tensor) => watcher?.onCotangent(node, dy);
      const gradients = this.tape.backward(scalar.y, { seed: scalar.seed, wrt, rules, onCotangent });
      watcher?.end(gradients);
      return gradients;
    };
    const [first] = asked;
    if (first && asked.every(({ y }) => y === first.y))
      return walk({ y: first.y, seed: stacked(asked.map(({ seed }) => seed)) });
    const each = asked.map(walk);
    return wrt.map((_, i) => stacked(each.flatMap((gradients) => gradients[i] ?? [])));
  }

  /** The targets' values where the tensor `from` is replaced; only what lies after it runs again.
   * @param value [k * n, ...], for n recorded pictures: the first version of all pictures first
   * @returns     [targets, k * n] */
  scores(asked: readonly Asked[], from: Tensor, value: Tensor): Tensor {
    const times = (value.shape[0] ?? 1) / this.pictures;
    const replayed = new Map<Tensor, Tensor>();
    const rows = asked.map(({ y, seed }) => {
      const result = replayed.get(y) ?? this.tape.replay(y, from, value);
      replayed.set(y, result);
      return inner(result, times === 1 ? seed : copies(seed, times));
    });
    return stacked(rows.map((row) => reshape(row, [1, row.size])));
  }

  /** Another recording of the same model, of other pictures, k times as many; dispose its `tape`. */
  again(x: Tensor): Recording {
    return Recording.of(this.model, x);
  }

  /** The same scalars in a recording made by `again`: what was the most likely class here is asked for there too. */
  asIn(other: Recording, asked: readonly Asked[]): Asked[] {
    const times = other.pictures / this.pictures;
    return asked.map(({ y, seed, target }) => {
      const index = this.tape.producerOf(y)?.index ?? this.#nodes;
      const node = index < this.#nodes ? other.tape.nodes[index] : undefined;
      if (!node) return other.ask([target])[0] ?? { y, seed, target };
      return { y: node.output, seed: times === 1 ? seed.withShape(seed.shape) : copies(seed, times), target };
    });
  }

  /** Does work at the end of this turn of the event loop, before what the turn encoded is read, or at `begin`. */
  putOff<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => this.#reads.before(() => resolve(work())));
  }

  /** Begins at once what was put off. */
  begin(): void {
    this.#reads.begin();
  }

  /** Frees everything that `body` makes but the tensors it returns, which are read and then freed. What is encoded in one
   * turn of the event loop is read together. */
  encode<T>(body: () => Encoded<T>): Promise<T> {
    const { tensors, finish } = this.engine.scope(body);
    for (const tensor of tensors) this.engine.keep(tensor);
    return this.#reads.add(tensors, finish, true);
  }

  /** Reads tensors that stay. */
  read<T>(tensors: readonly Tensor[], finish: (data: TypedData[]) => T): Promise<T> {
    return this.#reads.add(tensors, finish);
  }
}

/** One tensor of the rows of all. */
function stacked(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  return tensors.length === 1 && first ? first : concat(tensors, 0);
}

/** sum over all but the first axis of a * b: [n, ...] -> [n] */
function inner(a: Tensor, b: Tensor): Tensor {
  const rows = a.shape[0] ?? 1;
  const flat = [rows, a.size / Math.max(1, rows)];
  return sum(mul(reshape(a, flat), reshape(b, flat)), { axes: [1] });
}

export function isSpatial(tensor: Tensor): boolean {
  const [, h = 1, w = 1] = tensor.shape;
  return tensor.shape.length === 4 && h * w > 1;
}
