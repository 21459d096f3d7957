import { ShapeError } from "../../errors.ts";
import { rescaledTermsKernel, termRangeKernel } from "../../kernels/terms.ts";
import { overRows } from "../../tensor/rows.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";

// The terms that a channel's number adds to a sum, b_c x: how far they reach, and all of a position brought to 0..1.

/** How large the terms b_c x are, of each row (first axis) and channel (last axis). No gradient.
 * @param x [rows, ..., c]
 * @param b [c], or [1] for all channels
 * @returns [rows, 3, c]: minus the least |b_c x|, the greatest |b_c x|, and the sum of b_c x. A maximum over channels thus
 *          gives the ends of all of them together
 * @throws  ShapeError if b does not fit, or rows have no values */
export function termRange(x: Tensor, b: Tensor): Tensor {
  const { R, C } = extents(x);
  if (R * C === 0 || x.shape.length < 2)
    throw new ShapeError(`termRange: ${shown("x", x)} has no values in rows and channels; [rows, ..., c] is wanted`);
  assertOneOrAll("termRange", "b", b, C);
  return rangeOp.apply({ x, b }, {});
}

/** How the terms of a position are brought to 0..1. */
export interface RescaleOptions {
  /** [c], or [1] for all channels. */
  readonly b: Tensor;
  /** What `termRange` gives, [rows, 3, c], or its maximum over channels, [rows, 3, 1]. */
  readonly range: Tensor;
  /** Added to the range that a term is divided by, over 0. */
  readonly epsilon: number;
  /** What the result is added to, [rows, ..., 1]; nothing unless given. */
  readonly before?: Tensor | undefined;
}

/** The terms b_c x, absolute, each brought to 0..1 by its channel's range, added up over the channels of a position:
 * before + sum_c (|b_c x| - least_c) / (greatest_c - least_c + epsilon). No gradient.
 * @param x [rows, ..., c]
 * @returns [rows, ..., 1]
 * @throws  ShapeError if they do not fit */
export function rescaledTerms(x: Tensor, { b, range, epsilon, before }: RescaleOptions): Tensor {
  const { C } = extents(x);
  assertOneOrAll("rescaledTerms", "b", b, C);
  const [rows, three, width] = range.shape;
  if (range.shape.length !== 3 || rows !== x.shape[0] || three !== 3 || (width !== 1 && width !== C))
    throw new ShapeError(`rescaledTerms: ${shown("range", range)} does not fit ${shown("x", x)}; take termRange(x, b)`);
  if (before && !sameShape(before.shape, sumShape(x)))
    throw new ShapeError(`rescaledTerms: ${shown("before", before)} is added to sums ${showShape(sumShape(x))}`);
  return rescaledOp.apply({ x, b, range, before }, { epsilon });
}

const rangeOp = defineOp({
  name: "term_range",
  forward: (inputs) => {
    const [x, b] = [need(inputs, "x"), need(inputs, "b")];
    const { R, C } = extents(x);
    const y = x.engine.empty([x.shape[0] ?? 1, 3, C]);
    if (y.size === 0) return y;
    overRows({ inputs: { x }, outputs: { y } }, (ranges, outer) => {
      x.engine.run(termRangeKernel, { ...ranges, b: b.range }, { outer, R, C, B: b.size });
    });
    return y;
  },
  vjp: () => ({}),
});

const rescaledOp = defineOp<{ epsilon: number }>({
  name: "rescaled_terms",
  forward: (inputs, { epsilon }) => {
    const [x, b, range] = [need(inputs, "x"), need(inputs, "b"), need(inputs, "range")];
    const { R, C } = extents(x);
    const y = x.engine.empty(sumShape(x));
    if (y.size === 0) return y;
    const scalars = { R, C, B: b.size, S: range.shape[2] ?? 1, epsilon, hasBefore: Number(!!inputs.before) };
    // a buffer has to be bound where there is nothing before
    const before = inputs.before ?? x;
    overRows({ inputs: { x, range, before }, outputs: { y } }, (ranges, outer) => {
      x.engine.run(rescaledTermsKernel, { ...ranges, b: b.range }, { ...scalars, outer });
    });
    return y;
  },
  vjp: () => ({}),
});

function sumShape(x: Tensor): Shape {
  return [...x.shape.slice(0, -1), 1];
}

/** Positions of a row, and channels. */
function extents(x: Tensor): { R: number; C: number } {
  return { R: sizeOf(x.shape.slice(1, -1)), C: x.shape.at(-1) ?? 1 };
}

function assertOneOrAll(op: string, name: string, b: Tensor, C: number): void {
  if (b.shape.length !== 1 || (b.size !== 1 && b.size !== C))
    throw new ShapeError(`${op}: ${shown(name, b)} for ${C} channels; [${C}] or [1] is wanted`);
}
