import { DisposedError, nearest, ShapeError, UnknownNameError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { sameShape, showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allOps, type Inputs, type Op, type Vjp } from "./op.ts";
import { add } from "./ops/arithmetic.ts";
import { copies, standIn } from "./stretch.ts";

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

/** Backward rules by operation name, in place of the operations' own. See rules.ts. */
export type Rules = Readonly<Record<string, Vjp<never>>>;

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
  readonly #producer = new Map<number, TapeNode>();
  /** Ids of every input and output. */
  readonly #seen = new Set<number>();
  #disposed = false;

  constructor(engine: Engine) {
    this.engine = engine;
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
    const stranger = wrt.find((tensor) => !this.#seen.has(tensor.id));
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
    const walk = () => this.#walk(y, seed ?? ones(), { ...options, times });
    return this.#reportingTo(undefined, () => this.engine.scope(walk));
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
    const nodes = this.#between(from, y);
    if (nodes.length === 0) throw new ShapeError("replay: y does not depend on the tensor that is replaced");
    return this.#reportingTo(undefined, () => this.engine.scope(() => this.#rerun(nodes, { from, value, times })));
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

  /** Runs `body` while operations report to this tape, or to none: a walk and a replay are not themselves recorded. */
  #reportingTo<T>(recorder: Tape | undefined, body: () => T): T {
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

  #walk(y: Tensor, seed: Tensor, { wrt, rules, onCotangent, times }: BackwardOptions & { times: number }): Tensor[] {
    const wanted = new Set(wrt.map((tensor) => tensor.id));
    const needed = this.#leadingTo(wanted);
    const pictures = times > 1 ? this.#ofPictures(wanted) : undefined;
    const cotangents = new Map<number, Tensor>([[y.id, seed]]);
    for (const node of this.nodes.toReversed()) {
      const dy = cotangents.get(node.output.id);
      if (!dy || !needed.has(node.output.id)) continue;
      onCotangent?.(node, dy);
      if (!wanted.has(node.output.id)) cotangents.delete(node.output.id);
      this.#step(node, dy, { needed, cotangents, rules, pictures, times });
      if (dy !== seed && !wanted.has(node.output.id)) dy.dispose();
    }
    return wrt.map((tensor) => {
      const gradient = cotangents.get(tensor.id);
      if (!gradient) return this.engine.zeros([times * (tensor.shape[0] ?? 1), ...tensor.shape.slice(1)]);
      // a seed, or a tensor asked for twice, is handed out as a view of its own
      return gradient.withShape(gradient.shape);
    });
  }

  #step(node: TapeNode, dy: Tensor, context: WalkState): void {
    const { needed, cotangents, rules, pictures, times } = context;
    const inputs = Object.entries(node.inputs);
    const names = inputs.filter(([, input]) => input && needed.has(input.id)).map(([name]) => name);
    if (names.length === 0) return;
    this.engine.runtime.label = node.label;
    const rule = (rules?.[node.op.name] ?? node.op.vjp) as Vjp<unknown>;
    const own = rules?.[node.op.name] === undefined;
    const read = (name: string) => !own || (node.op.reads?.includes(name) ?? true);
    const rows = (name: string, tensor: Tensor) => {
      if (!pictures?.has(tensor.id)) return tensor;
      return read(name) ? copies(tensor, times) : standIn(tensor, times);
    };
    const gradients = this.engine.scope(() => {
      const given = inputs.map(([name, input]) => [name, input && rows(name, input)] as const);
      const y = rows("y", node.output);
      const recorded = { inputs: Object.fromEntries(given), y, params: node.params, wanted: new Set(names) };
      return { ...rule(dy, recorded) };
    });
    for (const name of names) {
      const input = node.inputs[name];
      const gradient = gradients[name];
      if (!gradient || !input) continue;
      const before = cotangents.get(input.id);
      // a view, since a rule may hand out one tensor under two names, or dy itself
      cotangents.set(input.id, before ? add(before, gradient) : gradient.withShape(gradient.shape));
      before?.dispose();
    }
    for (const gradient of Object.values(gradients)) if (gradient !== dy) gradient?.dispose();
  }

  #rerun(nodes: readonly TapeNode[], { from, value, times }: { from: Tensor; value: Tensor; times: number }): Tensor {
    const pictures = times > 1 ? this.#ofPictures(new Set([from.id])) : undefined;
    const changed = new Map<number, Tensor>([[from.id, value]]);
    const readers = new Map<number, number>();
    const inputsOf = (node: TapeNode) => Object.values(node.inputs).filter((input) => input !== undefined);
    for (const { id } of nodes.flatMap(inputsOf)) readers.set(id, (readers.get(id) ?? 0) + 1);
    const rows = (input: Tensor) => changed.get(input.id) ?? (pictures?.has(input.id) ? copies(input, times) : input);
    for (const node of nodes) {
      const output = this.engine.scope(() => {
        const inputs = Object.entries(node.inputs).map(([name, input]) => [name, input && rows(input)] as const);
        return node.op.apply(Object.fromEntries(inputs), node.params);
      });
      changed.set(node.output.id, output);
      for (const { id } of inputsOf(node)) {
        readers.set(id, (readers.get(id) ?? 0) - 1);
        if (readers.get(id) === 0 && id !== from.id) changed.get(id)?.dispose();
      }
    }
    const last = nodes.at(-1);
    const y = last && changed.get(last.output.id);
    if (!y) throw new ShapeError("replay: nothing to run");
    return y;
  }

  /** The nodes that depend on `from` and that y depends on, in the order in which they ran; y's own is the last. */
  #between(from: Tensor, y: Tensor): TapeNode[] {
    const touched = this.#leadingTo(new Set([from.id]));
    const wanted = new Set([y.id]);
    const nodes = this.nodes.toReversed().filter(({ output, inputs }) => {
      if (output.id === from.id || !touched.has(output.id) || !wanted.has(output.id)) return false;
      for (const input of Object.values(inputs)) if (input) wanted.add(input.id);
      return true;
    });
    return nodes.reverse();
  }

  /** Ids of everything that has a row for each picture: the inputs, `also`, and what depends on them. */
  #ofPictures(also: ReadonlySet<number>): ReadonlySet<number> {
    return this.#leadingTo(new Set([...this.inputs, ...also]));
  }

  /** Ids of `wrt` and of everything recorded that depends on them. */
  #leadingTo(wrt: ReadonlySet<number>): ReadonlySet<number> {
    const needed = new Set(wrt);
    for (const node of this.nodes)
      if (Object.values(node.inputs).some((input) => input && needed.has(input.id))) needed.add(node.output.id);
    return needed;
  }
}

interface WalkState {
  readonly needed: ReadonlySet<number>;
  readonly cotangents: Map<number, Tensor>;
  readonly rules: Rules | undefined;
  /** What has a row for each picture; undefined where the walk has no more rows than the recording. */
  readonly pictures: ReadonlySet<number> | undefined;
  readonly times: number;
}

/** How many times the rows of `recorded` another tensor has; undefined where it does not fit. */
function timesOf(tensor: Tensor, recorded: Tensor): number | undefined {
  if (sameShape(tensor.shape, recorded.shape)) return 1;
  const [rows = 0, ...rest] = tensor.shape;
  const [unit = 0, ...wanted] = recorded.shape;
  return unit > 0 && rows > 0 && rows % unit === 0 && sameShape(rest, wanted) ? rows / unit : undefined;
}

function checkRules(rules: Rules | undefined): void {
  for (const name of Object.keys(rules ?? {})) {
    if (allOps().has(name)) continue;
    const guess = nearest(name, allOps().keys());
    throw new UnknownNameError(`no operation "${name}" to put a rule on${guess ? `; did you mean "${guess}"?` : ""}`);
  }
}
