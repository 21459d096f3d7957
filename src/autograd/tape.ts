import { DisposedError, nearest, ShapeError, UnknownNameError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { sameShape, showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { allOps, type Inputs, type Op, type Vjp } from "./op.ts";
import { add } from "./ops/arithmetic.ts";

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
  /** Cotangent of y, of y's shape; ones unless given. */
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
   * The caller owns the results. A recorded `wrt` that y does not depend on gets zeros.
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
    if (seed && !sameShape(seed.shape, y.shape))
      throw new ShapeError(`backward: seed is ${showShape(seed.shape)} but y is ${showShape(y.shape)}`);
    const ones = () => this.engine.tensor(new Float32Array(y.size).fill(1), y.shape);
    return this.#reportingTo(undefined, () => this.engine.scope(() => this.#walk(y, seed ?? ones(), options)));
  }

  /** Runs the nodes after `from` again with `value` in its place and returns the new `y`; everything not downstream
   * of `from` is taken from the recording. The caller owns the result. `value` may have another batch size when
   * everything on the way is batch-wise and fed by `from` alone.
   * @throws ShapeError if `value` is no substitute for `from`, or y does not depend on `from` */
  replay(y: Tensor, from: Tensor, value: Tensor): Tensor {
    this.#assertOpen();
    if (!sameShape(value.shape.slice(1), from.shape.slice(1)) || value.shape.length !== from.shape.length)
      throw new ShapeError(
        `replay: value is ${showShape(value.shape)} but takes the place of ${showShape(from.shape)}`,
      );
    const rerun = () => {
      const changed = new Map<number, Tensor>([[from.id, value]]);
      for (const node of this.nodes) {
        const touched = Object.values(node.inputs).some((input) => input && changed.has(input.id));
        if (!touched || node.output.id === from.id) continue;
        const inputs = Object.fromEntries(
          Object.entries(node.inputs).map(([name, input]) => [name, input && (changed.get(input.id) ?? input)]),
        );
        changed.set(node.output.id, node.op.apply(inputs, node.params));
      }
      const result = changed.get(y.id);
      if (!result) throw new ShapeError("replay: y does not depend on the tensor that is replaced");
      return result === value ? value.withShape(value.shape) : result;
    };
    return this.#reportingTo(undefined, () => this.engine.scope(rerun));
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

  #walk(y: Tensor, seed: Tensor, { wrt, rules, onCotangent }: BackwardOptions): Tensor[] {
    const wanted = new Set(wrt.map((tensor) => tensor.id));
    const needed = this.#leadingTo(wanted);
    const cotangents = new Map<number, Tensor>([[y.id, seed]]);
    for (const node of this.nodes.toReversed()) {
      const dy = cotangents.get(node.output.id);
      if (!dy || !needed.has(node.output.id)) continue;
      onCotangent?.(node, dy);
      if (!wanted.has(node.output.id)) cotangents.delete(node.output.id);
      this.#step(node, dy, { needed, cotangents, rules });
      if (dy !== seed && !wanted.has(node.output.id)) dy.dispose();
    }
    return wrt.map((tensor) => {
      const gradient = cotangents.get(tensor.id);
      if (!gradient) return this.engine.zeros(tensor.shape);
      // a seed, or a tensor asked for twice, is handed out as a view of its own
      return gradient.withShape(tensor.shape);
    });
  }

  #step(
    node: TapeNode,
    dy: Tensor,
    context: { needed: ReadonlySet<number>; cotangents: Map<number, Tensor>; rules: Rules | undefined },
  ): void {
    const { needed, cotangents, rules } = context;
    const inputs = Object.entries(node.inputs);
    const names = inputs.filter(([, input]) => input && needed.has(input.id)).map(([name]) => name);
    if (names.length === 0) return;
    this.engine.runtime.label = node.label;
    const rule = (rules?.[node.op.name] ?? node.op.vjp) as Vjp<unknown>;
    const recorded = { inputs: node.inputs, y: node.output, params: node.params, wanted: new Set(names) };
    const gradients = this.engine.scope(() => ({ ...rule(dy, recorded) }));
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

  /** Ids of `wrt` and of everything recorded that depends on them. */
  #leadingTo(wrt: ReadonlySet<number>): ReadonlySet<number> {
    const needed = new Set(wrt);
    for (const node of this.nodes)
      if (Object.values(node.inputs).some((input) => input && needed.has(input.id))) needed.add(node.output.id);
    return needed;
  }
}

function checkRules(rules: Rules | undefined): void {
  for (const name of Object.keys(rules ?? {})) {
    if (allOps().has(name)) continue;
    const guess = nearest(name, allOps().keys());
    throw new UnknownNameError(`no operation "${name}" to put a rule on${guess ? `; did you mean "${guess}"?` : ""}`);
  }
}
