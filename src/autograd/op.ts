import { ShapeError } from "../errors.ts";
import { showShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Tape } from "./tape.ts";

/** Tensors by input name; optional inputs may be missing. */
export type Inputs = Readonly<Record<string, Tensor | undefined>>;
/** Gradients by input name; an input without gradient (an index, say) is left out. */
export type Gradients = Readonly<Record<string, Tensor | undefined>>;

/** What a backward rule sees of a recorded operation. */
export interface Recorded<P> {
  readonly inputs: Inputs;
  readonly y: Tensor;
  readonly params: P;
  /** Names of the inputs whose gradients are asked for. */
  readonly wanted: ReadonlySet<string>;
}

/** From the cotangent of the output to those of the inputs. */
export type Vjp<P> = (dy: Tensor, recorded: Recorded<P>) => Gradients;

export interface OpSpec<P> {
  readonly name: string;
  /** Names of the inputs, in order; a name ending in "?" may be left out. */
  readonly inputs: readonly string[];
  /** Which tensors the backward rules need: input names, or "y". The union over all rules. */
  readonly save: readonly string[];
  readonly forward: (inputs: Inputs, params: P) => Tensor;
  readonly vjp: Vjp<P>;
}

/** An operation with its parameters' type erased, as the tape holds it. */
export interface Op extends OpSpec<unknown> {
  readonly apply: (inputs: Inputs, params: unknown) => Tensor;
}

export interface TypedOp<P> extends OpSpec<P> {
  readonly apply: (inputs: Inputs, params: P) => Tensor;
}

const ops = new Map<string, Op>();

/** Declares an operation: forward, backward and what to keep, in one place. */
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
  engine.runtime.label = tape?.label ?? op.name;
  const y = engine.scope(() => op.forward(inputs, params));
  engine.inspect(y, tape?.label || op.name);
  tape?.record({ op, inputs, params, output: y });
  return y;
}

/** An input that must be there. */
export function need(inputs: Inputs, name: string): Tensor {
  const tensor = inputs[name];
  if (!(tensor instanceof Tensor)) throw new ShapeError(`input ${name} is missing`);
  return tensor;
}

/** `conv2d: x [1, 4, 4, 3]` for error messages. */
export function shown(name: string, tensor: Tensor): string {
  return `${name} ${showShape(tensor.shape)}`;
}
