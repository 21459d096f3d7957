import type { Tape, TapeNode } from "../../autograd/tape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Operations that are linear in x, with weights w: those that the rules of a composite are for. */
export const LINEAR: ReadonlySet<string> = new Set(["conv2d", "depthwise_conv2d", "conv2d_transpose", "dense"]);

/** Operations that multiply and shift each channel by numbers of its own, if what they take besides is no
 * activation. */
const PER_CHANNEL: ReadonlySet<string> = new Set(["batch_norm", "channel_affine", "scale", "add", "sub", "mul"]);

/** A network as its linear layers see it: what follows one and only scales and shifts its channels (batch norm, a bias
 * that is added) belongs to it. Nothing of the model changes; the recording alone is looked at. */
export interface Canonical {
  /** What is merged into a linear layer, in its order; empty for most. */
  readonly merged: ReadonlyMap<TapeNode, readonly TapeNode[]>;
  /** Nodes that are merged into another, which relevance passes as it is. */
  readonly absorbed: ReadonlySet<TapeNode>;
  /** Linear layers without another one between them and the picture. */
  readonly first: ReadonlySet<TapeNode>;
  /** Whether a tensor depends on the picture. */
  readonly isActivation: (tensor: Tensor) => boolean;
  /** Whether no value of a tensor can be below 0, by the way it was computed. */
  readonly isNonNegative: (tensor: Tensor) => boolean;
}

/** @param y where relevance starts: what lies after it, or beside the way to it, is left out of account */
export function canonical(tape: Tape, y: Tensor): Canonical {
  const nodes = leadingTo(tape, y);
  const activations = downstream(nodes, tape.inputs);
  const isActivation = ({ id }: Tensor) => activations.has(id);
  const readers = readersOf(nodes);
  const linear = nodes.filter(({ op, inputs }) => LINEAR.has(op.name) && inputs.x && isActivation(inputs.x));
  const merged = new Map(linear.map((node) => [node, followers(node, { readers, isActivation })]));
  const afterLinear = downstream(nodes, new Set(linear.map(({ output }) => output.id)));
  const first = linear.filter(({ inputs }) => inputs.x && !afterLinear.has(inputs.x.id));
  return {
    merged,
    absorbed: new Set([...merged.values()].flat()),
    first: new Set(first),
    isActivation,
    isNonNegative: (tensor) => isNonNegative(tape, tensor),
  };
}

/** The nodes that y depends on, in their order. */
function leadingTo({ nodes }: Tape, y: Tensor): TapeNode[] {
  const wanted = new Set([y.id]);
  const found = nodes.toReversed().filter(({ inputs, output }) => {
    if (!wanted.has(output.id)) return false;
    for (const input of Object.values(inputs)) if (input) wanted.add(input.id);
    return true;
  });
  return found.reverse();
}

/** Ids of `from` and of everything that depends on them. */
function downstream(nodes: readonly TapeNode[], from: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set(from);
  for (const { inputs, output } of nodes)
    if (Object.values(inputs).some((input) => input && found.has(input.id))) found.add(output.id);
  return found;
}

function readersOf(nodes: readonly TapeNode[]): ReadonlyMap<number, readonly TapeNode[]> {
  const readers = new Map<number, TapeNode[]>();
  for (const node of nodes)
    for (const input of new Set(Object.values(node.inputs)))
      if (input) readers.set(input.id, [...(readers.get(input.id) ?? []), node]);
  return readers;
}

interface Surroundings {
  readonly readers: ReadonlyMap<number, readonly TapeNode[]>;
  readonly isActivation: (tensor: Tensor) => boolean;
}

function followers(linear: TapeNode, { readers, isActivation }: Surroundings): TapeNode[] {
  const found: TapeNode[] = [];
  let { output } = linear;
  for (;;) {
    const [next, ...more] = readers.get(output.id) ?? [];
    if (!next || more.length > 0 || !PER_CHANNEL.has(next.op.name)) return found;
    if (!isPerChannel(next, isActivation)) return found;
    found.push(next);
    ({ output } = next);
  }
}

/** One activation, and beside it one number for each channel of the last axis, or one for all. */
function isPerChannel({ inputs, output }: TapeNode, isActivation: (tensor: Tensor) => boolean): boolean {
  const tensors = Object.values(inputs).filter((input) => input !== undefined);
  const channels = output.shape.at(-1) ?? 1;
  const isVector = ({ size, shape }: Tensor) => size === 1 || (size === channels && shape.at(-1) === channels);
  return (
    tensors.filter(isActivation).length === 1 && tensors.every((tensor) => isActivation(tensor) || isVector(tensor))
  );
}

/** Operations that keep what is not negative so. */
const KEEPS_SIGN: ReadonlySet<string> = new Set([
  ...["max_pool", "avg_pool", "global_avg_pool", "global_max_pool", "max", "mean", "sum"],
  ...["zero_pad", "reshape", "permute", "slice", "concat", "add", "mul", "maximum", "minimum"],
]);

function isNonNegative(tape: Tape, tensor: Tensor): boolean {
  const node = tape.producerOf(tensor);
  if (!node) return false;
  if (node.op.name === "sigmoid" || node.op.name === "softplus") return true;
  if (node.op.name === "relu") {
    const { slope = 0, threshold = 0 } = node.params as { readonly slope?: number; readonly threshold?: number };
    return slope === 0 && threshold >= 0;
  }
  const inputs = Object.values(node.inputs).filter((input) => input !== undefined);
  return KEEPS_SIGN.has(node.op.name) && inputs.every((input) => isNonNegative(tape, input));
}
