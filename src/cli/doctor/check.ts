import type { RuleName, Tensor } from "../../index.ts";
import type { Scalar, Scalars } from "./scalar.ts";

/** An operation on small inputs, once as the engine computes it and once in plain numbers. */
export interface Check {
  readonly what: string;
  /** Shapes of the inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly run: (tensors: Readonly<Record<string, Tensor>>) => Tensor;
  /** The same in row-major order. */
  readonly known: (scalars: Readonly<Record<string, Scalars>>) => readonly Scalar[];
  /** Inputs whose gradients are compared too. */
  readonly wrt: readonly string[];
  readonly rule: RuleName;
  /** Variants that kernels take throughout. */
  readonly pins: Readonly<Record<string, string>>;
}

interface CheckSpec<I extends string> {
  readonly what: string;
  readonly inputs: Readonly<Record<I, readonly number[]>>;
  readonly run: (tensors: Readonly<Record<NoInfer<I>, Tensor>>) => Tensor;
  readonly known: (scalars: Readonly<Record<NoInfer<I>, Scalars>>) => readonly Scalar[];
  /** All of them unless given. */
  readonly wrt?: readonly NoInfer<I>[];
  readonly rule?: RuleName;
  /** None unless given: the kernel in question takes each of its variants, and the others are naive. */
  readonly pins?: Readonly<Record<string, string>>;
}

/** Declares a check; a misspelt input does not compile. */
export function check<const I extends string>(spec: CheckSpec<I>): Check {
  const { inputs, wrt = Object.keys(inputs), rule = "gradient", pins = {} } = spec;
  // the names' types are erased: all checks stand in one list
  return { ...spec, wrt, rule, pins } as unknown as Check;
}

/** Numbers between -1 and 1, the same on every machine; variances are made positive. */
export function valuesOf(name: string, count: number): Float32Array<ArrayBuffer> {
  let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const value = (state >> 16) / 32_768;
    return name === "variance" ? 1.5 + value : value;
  });
}
