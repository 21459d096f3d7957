// Runs one row of test/cases on the engine and in the float64 reference.
import { Tape } from "../../src/autograd/tape.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor, TypedData } from "../../src/tensor/tensor.ts";
import { arraysOf, directionOf, inputsOf, type OpCase } from "../cases/case.ts";
import type { Array64, Arrays, Gradients64 } from "../reference/array.ts";

export interface Computed {
  readonly shape: readonly number[];
  readonly y: TypedData;
  readonly gradients: Readonly<Record<string, TypedData>>;
}

export interface Expected {
  readonly inputs: Arrays;
  readonly dy: Array64;
  readonly y: Array64;
  readonly gradients: Gradients64;
  readonly magnitude: { readonly y: Float64Array; readonly gradients: Gradients64 };
}

/** Forward, and backward with a random cotangent, on the GPU; one read-back. */
export async function compute(engine: Engine, row: OpCase): Promise<Computed> {
  const [computed] = await computeAll(engine, [() => encode(engine, row)]);
  if (!computed) throw new RangeError("nothing was computed");
  return computed;
}

/** Encodes each, and reads all results back at once: waiting for the GPU takes longer than a small operation. */
export async function computeAll(engine: Engine, encoders: Iterable<() => Encoded>): Promise<Computed[]> {
  const all: Encoded[] = [];
  try {
    for (const encoder of encoders) all.push(encoder());
    const values = await engine.read(all.flatMap(({ tensors }) => tensors));
    return all.map(({ names, tensors }) => {
      const [y = new Float32Array(), ...rest] = values.splice(0, tensors.length);
      const gradients = Object.fromEntries(names.map((name, i) => [name, rest[i] ?? new Float32Array()]));
      return { shape: [...(tensors[0]?.shape ?? [])], y, gradients };
    });
  } finally {
    for (const { tensors } of all) for (const tensor of tensors) tensor.dispose();
  }
}

/** Results on the GPU, not yet read: y, then one gradient for each name. */
export interface Encoded {
  readonly names: readonly string[];
  readonly tensors: readonly Tensor[];
}

export function encode(engine: Engine, row: OpCase): Encoded {
  const values = inputsOf(row);
  const names = row.differentiable;
  const tensors = engine.scope(() => {
    using tape = new Tape(engine);
    const entries = Object.entries(row.inputs);
    const inputs: Record<string, Tensor> = Object.fromEntries(
      entries.map(([name, { shape }]) => [name, engine.tensor(values[name] ?? [], shape)]),
    );
    const y = tape.run(() => row.run(inputs));
    const wrt = names.flatMap((name) => inputs[name] ?? []);
    const seed = engine.tensor(directionOf(row, "dy", y.shape), y.shape);
    const gradients = wrt.length > 0 ? tape.backward(y, { seed, wrt }) : [];
    return [y.withShape(y.shape), ...gradients]; // a view, since the tape takes its y along
  });
  return { names, tensors };
}

export function expectedOf(row: OpCase): Expected {
  const inputs = arraysOf(row, inputsOf(row));
  const y = row.reference.forward(inputs);
  const dy = { data: Float64Array.from(directionOf(row, "dy", y.shape)), shape: y.shape };
  const { magnitude } = row.reference;
  return {
    inputs,
    dy,
    y,
    gradients: row.reference.vjp(inputs, dy),
    magnitude: { y: magnitude.forward(inputs).data, gradients: magnitude.vjp(inputs, dy) },
  };
}

/** J t for one input, by central differences in float64: exact up to rounding where the operation is linear. */
export function directional(row: OpCase, inputs: Arrays, name: string, t: Float64Array): Float64Array {
  const step = row.linear ? 1 : 1e-6;
  const moved = (sign: number) => {
    const input = inputs[name];
    if (!input) throw new RangeError(`${row.op} has no input ${name}`);
    const data = input.data.map((value, i) => value + sign * step * (t[i] ?? 0));
    return row.reference.forward({ ...inputs, [name]: { data, shape: input.shape } }).data;
  };
  const ahead = moved(1);
  const behind = moved(-1);
  return ahead.map((value, i) => (value - (behind[i] ?? 0)) / (2 * step));
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
