import type { Tensor } from "../../src/index.ts";
import type { Arrays, Reference } from "../../test/reference/array.ts";
import type { KernelShape, ShapeFamily } from "./shape.ts";

/** One size of one kernel, ready to be computed by the engine and by the float64 reference. */
export interface KernelCase {
  /** Shapes by name. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Inputs whose values are above 0: variances. */
  readonly positive?: readonly string[];
  readonly run: (tensors: Readonly<Record<string, Tensor>>) => Tensor;
  /** The input whose gradient is computed; the forward pass unless given. */
  readonly wrt?: string;
  readonly reference: Reference<Arrays>;
  /** By input name, and "y": axes of which a few places are enough to compute the same places of the result. */
  readonly cut: Readonly<Record<string, readonly number[]>>;
  /** Multiplications and additions. */
  readonly flops: number;
  /** Numbers that must be read or written at least. */
  readonly elements: number;
  /** Length of the longest sum: rounding explains an error of 2 K 2^-24 times the sum of absolute values. */
  readonly K: number;
}

/** A row of the table of what can be measured. */
export interface KernelEntry {
  readonly family: ShapeFamily;
  /** "KxKsS" where a shape names no window. */
  readonly window?: string;
  /** Kernels whose variants are compared. */
  readonly kernels: readonly string[];
  /** What else may be pinned on the first of them: whole ways of computing, of several kernels. */
  readonly ways?: readonly string[];
  readonly shapes: readonly string[];
  readonly make: (shape: KernelShape, batch: number) => KernelCase;
}
