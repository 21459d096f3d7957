import { DisposedError, nearest, ShapeError, UnknownNameError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Recorder } from "../tensor/recorder.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allOps, type Inputs, type Op, type Vjp } from "./op.ts";
import { between, dependents } from "./reach.ts";
import { rerun } from "./rerun.ts";
import { timesOf } from "./stretch.ts";
import { walkBack } from "./walk.ts";

/** One recorded operation: data, no closures. */
export interface TapeNode {
  /** Place on the tape, from 0. */
  readonly index: number;
  readonly op: Op;
  readonly inputs: Inputs;
  /** What the operation takes besides tensors. */
  readonly params: unknown;
  /** Belongs to the tape, which frees it. */
  readonly output: Tensor;
  /** Layer and, inside a layer of several operations, which one: "block1_conv1", "block1_conv1/conv2d"; the
   * operation's name where no label was set. */
  readonly label: string;
}

/** Another backward rule for one node: what its operation has under the same names. */
export type NodeRule = Pick<Op, "vjp" | "reads">;

/** Backward rules in place of the operations' own: by operation name, see rules.ts, or by node, for rules that depend
 * on where in the network it is. A node for which the function gives none keeps its own; it is asked in the order of
 * the walk back, and only of nodes on the way. */
export type Rules = Readonly<Record<string, Vjp<never>>> | ((node: TapeNode) => NodeRule | undefined);

export interface BackwardOptions {
  /** Cotangent of y, of y's shape; ones unless given. Several cotangents at once make one walk with a batch of so many
   * times the recorded pictures: [k * n, ...] for a y of [n, ...], the first cotangent for all pictures first. */
  seed?: Tensor;
  /** Tensors whose gradients are wanted: any recorded input or output. */
  wrt: readonly Tensor[];
  /** In place of the operations' own; none unless given. `backwardRules.guided`, say. */
  rules?: Rules;
  /** Sees every cotangent as it is finished, from the seed to the inputs; the tensor lives only during the call. */
  onCotangent?: (node: TapeNode, dy: Tensor) => void;
}

export interface TapeOptions {
  /** Lets convolutions be computed in ways that round differently from one pixel to the next (Winograd's), as they are where
   * nothing is recorded; walks over the recording and replays too. Over a plain background, equal values are then no longer
   * equal and zeros no longer 0: which of them a max pool takes, and whether a ReLU passes a gradient, is chance there.
   * False unless given. */
  readonly fast?: boolean;
}

/** Records one forward pass and walks it back as often as there are questions.
 * It knows no operation by name: a node brings its own rule, and `rules` replaces it. */
export class Tape {
  readonly engine: Engine;
  /** In the order in which they ran. */
  readonly nodes: TapeNode[] = [];
  /** Put on the nodes that follow; Model sets it to the layer's name. */
  label = "";
  /** Ids of the tensors whose first axis counts pictures and that were not computed here; `Model.forward` adds its inputs.
   * What depends on them is repeated where a walk or a replay has more rows than the recording. */
  readonly inputs = new Set<number>();
  /** Walks and replays report here: they are not themselves recorded. */
  readonly #nowhere: Recorder;
  readonly #producer = new Map<number, TapeNode>();
  /** Ids of every input and output. */
  readonly #seen = new Set<number>();
  #disposed = false;

  /** Whether the recording, its walks and replays are computed as defined; see TapeOptions. */
  readonly exact: boolean;

  constructor(engine: Engine, { fast = false }: TapeOptions = {}) {
    this.engine = engine;
    this.exact = !fast;
    this.#nowhere = { label: "", exact: this.exact, record: () => {} };
  }

  /** Records everything that `body` computes. Tapes do not nest: the innermost records. */
  run<T>(body: () => T): T {
    this.#assertOpen();
    return this.#reportingTo(this, body);
  }

  /** Called by operations. The output lives until the tape is disposed; inputs and weights are the caller's to keep. */
  record(entry: { op: Op; inputs: Inputs; params: unknown; output: Tensor }): void {
    const node = { ...entry, index: this.nodes.length, label: this.label || entry.op.name };
    this.nodes.push(node);
    this.#producer.set(entry.output.id, node);
    for (const tensor of [...Object.values(entry.inputs), entry.output]) if (tensor) this.#seen.add(tensor.id);
    this.engine.keep(entry.output);
  }

  /** The node that computed a tensor; undefined for inputs and weights. */
  producerOf(tensor: Tensor): TapeNode | undefined {
    return this.#producer.get(tensor.id);
  }

  /** Whether a tensor is an input or output of anything recorded. */
  has(tensor: Tensor): boolean {
    return this.#seen.has(tensor.id);
  }

  /** The last node with this label.
   * @throws UnknownNameError with the nearest label */
  node(label: string): TapeNode {
    const found = this.nodes.findLast((node) => node.label === label);
    if (found) return found;
    const guess = nearest(label, new Set(this.nodes.map((node) => node.label)));
    throw new UnknownNameError(`no node "${label}" on the tape${guess ? `; did you mean "${guess}"?` : ""}`);
  }

  /** Gradients of <seed, y> for `wrt`, in that order. Only nodes between y and `wrt` run; nothing recorded changes.
   * The caller owns the results. A recorded `wrt` that y does not depend on gets zeros. With a seed of k cotangents the
   * results have k times the rows too, and `wrt` are inputs and outputs of the pictures, no weights.
   * @throws ShapeError if y, the seed or a `wrt` does not fit the recording, UnknownNameError for a rule's name */
  backward(y: Tensor, options: BackwardOptions): Tensor[] {
    this.#assertOpen();
    checkRules(options.rules);
    const { seed, wrt } = options;
    if (!this.#producer.has(y.id))
      throw new ShapeError(
        `backward: y ${showShape(y.shape)} was not computed under this tape; compute it inside tape.run()`,
      );
    const stranger = wrt.find((tensor) => !this.has(tensor));
    if (stranger)
      throw new ShapeError(
        `backward: wrt ${showShape(stranger.shape)} is neither input nor output of anything on this tape`,
      );
    const times = seed ? timesOf(seed, y) : 1;
    if (times === undefined)
      throw new ShapeError(
        `backward: seed is ${showShape(seed?.shape ?? [])} but y is ${showShape(y.shape)}; it takes y's shape, or several times its rows`,
      );
    const ones = () => this.engine.tensor(new Float32Array(y.size).fill(1), y.shape);
    if (times > 1 && this.inputs.size > 0) this.#assertOfPictures(wrt, times);
    const pictures = this.#ofPictures(wrt);
    const walk = () => walkBack(this.nodes, { ...options, y, seed: seed ?? ones(), times, pictures });
    return this.#reportingTo(this.#nowhere, () => this.engine.scope(walk));
  }

  /** Runs the nodes between `from` and y again with `value` in its place and returns the new `y`; everything not
   * downstream of `from` is taken from the recording. The caller owns the result. `value` may hold several times the
   * recorded pictures, [k * n, ...]; what else depends on them is then repeated.
   * @throws ShapeError if `value` is no substitute for `from`, or y does not depend on `from` */
  replay(y: Tensor, from: Tensor, value: Tensor): Tensor {
    this.#assertOpen();
    const times = timesOf(value, from);
    if (times === undefined)
      throw new ShapeError(
        `replay: value is ${showShape(value.shape)} but takes the place of ${showShape(from.shape)}`,
      );
    if (y === from) return value.withShape(value.shape);
    const nodes = between(this.nodes, from, y);
    if (nodes.length === 0) throw new ShapeError("replay: y does not depend on the tensor that is replaced");
    const pictures = this.#ofPictures([from]);
    return this.#reportingTo(this.#nowhere, () =>
      this.engine.scope(() => rerun(nodes, { from, value, times, pictures })),
    );
  }

  /** Frees everything recorded. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const { output } of this.nodes) output.dispose();
    this.nodes.length = 0;
    this.#producer.clear();
    this.#seen.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Runs `body` while operations report to this tape, or to none. */
  #reportingTo<T>(recorder: Recorder, body: () => T): T {
    const outer = this.engine.recorder;
    this.engine.recorder = recorder;
    try {
      return body();
    } finally {
      this.engine.recorder = outer;
      this.engine.runtime.label = "";
    }
  }

  #assertOpen(): void {
    if (this.#disposed) throw new DisposedError("this tape was disposed; record the forward pass again");
  }

  #assertOfPictures(wrt: readonly Tensor[], times: number): void {
    const pictures = this.#ofPictures([]);
    const weight = wrt.find(({ id }) => !pictures.has(id));
    if (weight)
      throw new ShapeError(
        `backward: the seed holds ${times} cotangents, and wrt ${showShape(weight.shape)} has no rows of pictures; ` +
          "walk back once for each.",
      );
  }

  /** Ids of everything that has a row for each picture: the inputs, `also`, and what depends on them. */
  #ofPictures(also: readonly Tensor[]): ReadonlySet<number> {
    return dependents(this.nodes, new Set([...this.inputs, ...also.map(({ id }) => id)]));
  }
}

function checkRules(rules: Rules | undefined): void {
  if (typeof rules === "function") return;
  for (const name of Object.keys(rules ?? {})) {
    if (allOps().has(name)) continue;
    const guess = nearest(name, allOps().keys());
    throw new UnknownNameError(`no operation "${name}" to put a rule on${guess ? `; did you mean "${guess}"?` : ""}`);
  }
}
