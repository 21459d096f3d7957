// The table that drives the tests of operations: each row is one operation at one size.
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Array64, type Arrays, type Reference, sizeOf } from "../reference/array.ts";
import { type RandomOptions, randomIntegers, randomValues } from "../support/random.ts";

export interface InputSpec extends RandomOptions {
  readonly shape: readonly number[];
  readonly dtype?: "float32" | "int32";
  /** Given values instead of random ones. */
  readonly values?: readonly number[];
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;
export type Tensors = Readonly<Record<string, Tensor>>;

export interface OpCase {
  /** Name of the function, as users call it. */
  readonly op: string;
  /** What is special about this row; unique within the operation. */
  readonly name: string;
  readonly inputs: InputSpecs;
  readonly run: (tensors: Tensors) => Tensor;
  readonly reference: Reference<Arrays>;
  /** Names of the inputs that have gradients. */
  readonly differentiable: readonly string[];
  /** Length of the longest sum, forward or backward; the allowed error is 2 K 2^-24 times the sum of absolute values. */
  readonly K: number;
  /** Linear in each input while the others are fixed: differences are then exact for any step. */
  readonly linear: boolean;
  /** False where values lie exactly on a corner (ties, relu at 0), so that differences are no gradients. */
  readonly smooth: boolean;
  /** Multiplications and additions of the forward pass, where there are many to an element. */
  readonly flops?: number;
}

type Named<I, T> = { readonly [Name in keyof I]: T };
type Specs<I> = { readonly [Name in keyof I]: InputSpec };

interface CaseSpec<I extends object> extends Omit<OpCase, "inputs" | "run" | "reference" | "linear" | "smooth"> {
  readonly inputs: I & Specs<I>;
  readonly run: (tensors: Named<I, Tensor>) => Tensor;
  readonly reference: Reference<Named<I, Array64>>;
  readonly linear?: boolean;
  readonly smooth?: boolean;
}

/** A row whose `run` and `reference` are checked against the names of its inputs. */
export function opCase<I extends object>(spec: CaseSpec<I>): OpCase {
  return { linear: false, smooth: true, ...spec } as unknown as OpCase;
}

/** The row's inputs: the same values at every call. */
export function inputsOf(row: OpCase): Record<string, Float32Array | Int32Array> {
  const entries = Object.entries(row.inputs).map(([name, spec]) => [
    name,
    valuesOf(`${row.op}/${row.name}/${name}`, spec),
  ]);
  return Object.fromEntries(entries);
}

/** A cotangent or a direction for an array of the row: random, the same at every call. */
export function directionOf(row: OpCase, what: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  return randomValues(`${row.op}/${row.name}/${what}`, sizeOf(shape));
}

/** Inputs as the reference takes them. */
export function arraysOf(row: OpCase, values: Record<string, Float32Array | Int32Array>): Arrays {
  const entries = Object.entries(row.inputs).map(([name, { shape }]) => {
    return [name, { data: Float64Array.from(values[name] ?? []), shape }];
  });
  return Object.fromEntries(entries);
}

function valuesOf(seed: string, spec: InputSpec): Float32Array | Int32Array {
  const count = sizeOf(spec.shape);
  const int = spec.dtype === "int32";
  if (spec.values) return int ? Int32Array.from(spec.values) : Float32Array.from(spec.values);
  return int ? randomIntegers(seed, count, spec.range ?? [0, 9]) : randomValues(seed, count, spec);
}
