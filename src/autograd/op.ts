import { ShapeError } from "../errors.ts";
import { showShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Tape } from "./tape.ts";

/** Tensors by input name; an optional input that was not given is undefined. */
export type Inputs = Readonly<Record<string, Tensor | undefined>>;
/** Gradients by input name; an input without gradient (an index, say) is left out. */
export type Gradients = Readonly<Record<string, Tensor | undefined>>;

/** What a backward rule sees of a recorded operation. */
export interface Recorded<P> {
  readonly inputs: Inputs;
  /** The forward's output. */
  readonly y: Tensor;
  readonly params: P;
  /** Names of the inputs whose gradients are asked for. */
  readonly wanted: ReadonlySet<string>;
}

/** From the cotangent `dy`, of the output's shape, to those of the inputs, each of its input's shape. It must leave what
 * is recorded as it is, since a tape may be walked again. */
export type Vjp<P> = (dy: Tensor, recorded: Recorded<P>) => Gradients;

/** An operation as `defineOp` takes it. `P` is what it takes besides tensors: plain data, since a tape keeps it. */
export interface OpSpec<P> {
  /** Unique; what a tape prints, and what backward rules are keyed by. */
  readonly name: string;
  /** Computes a new tensor. Other tensors that it makes are freed when it returns. */
  readonly forward: (inputs: Inputs, params: P) => Tensor;
  /** The gradient, unless a walk brings another rule. */
  readonly vjp: Vjp<P>;
  /** Names of the inputs, and "y", whose values the VJP needs for the gradients of the other inputs' pictures; all of them
   * unless given. The rest it asks for their shapes alone, which saves copies where several seeds walk back at once. */
  readonly reads?: readonly string[];
}

/** An operation that was defined. */
export interface TypedOp<P> extends OpSpec<P> {
  /** Runs the forward and records it if a tape is open.
   * @throws ShapeError without any input, or if the inputs belong to two engines */
  readonly apply: (inputs: Inputs, params: P) => Tensor;
}

/** An operation with its parameters' type erased, as the tape holds it. */
export interface Op extends TypedOp<unknown> {}

const ops = new Map<string, Op>();

/** Declares an operation: forward and backward in one place.
 * @throws Error if the name is taken */
export function defineOp<P = Record<string, never>>(spec: OpSpec<P>): TypedOp<P> {
  const op: TypedOp<P> = { ...spec, apply: (inputs, params) => applyOp(op as unknown as Op, inputs, params) };
  if (ops.has(spec.name)) throw new Error(`two operations are named ${spec.name}`);
  ops.set(spec.name, op as unknown as Op);
  return op;
}

/** Every operation by name. */
export function allOps(): ReadonlyMap<string, Op> {
  return ops;
}

function applyOp(op: Op, inputs: Inputs, params: unknown): Tensor {
  const first = Object.values(inputs).find((tensor) => tensor !== undefined);
  if (!first) throw new ShapeError(`${op.name}: no input tensor`);
  const { engine } = first;
  for (const tensor of Object.values(inputs))
    if (tensor && tensor.engine !== engine) throw new ShapeError(`${op.name}: inputs of two engines`);
  const tape = engine.recorder as Tape | undefined;
  const label = tape?.label || op.name;
  engine.runtime.label = label;
  const y = engine.scope(() => op.forward(inputs, params));
  engine.inspect(y, label);
  tape?.record({ op, inputs, params, output: y });
  return y;
}

/** An input that must be there.
 * @throws ShapeError if it is not */
export function need(inputs: Inputs, name: string): Tensor {
  const tensor = inputs[name];
  if (!(tensor instanceof Tensor)) throw new ShapeError(`input ${name} is missing`);
  return tensor;
}

/** `x [1, 4, 4, 3]`, for error messages. */
export function shown(name: string, tensor: Tensor): string {
  return `${name} ${showShape(tensor.shape)}`;
}
