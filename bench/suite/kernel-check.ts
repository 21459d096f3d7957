// Correctness, before anything is timed: a result against the float64 reference at a few channels, and everywhere
// against that of the naive variant.
import type { TypedData } from "../../src/index.ts";
import type { Arrays } from "../../test/reference/array.ts";
import type { KernelCase } from "./kernel-case.ts";
import { partOf, taken } from "./sample.ts";

/** Unit roundoff of float32. */
const ROUNDOFF = 2 ** -24;
/** GPUs may flush what is smaller than the least normal float32 to zero, at every step of a calculation. */
const FLUSHED = 2 ** -120;

/** What is right at some places of a result. */
export interface Expected {
  readonly indices: Int32Array;
  readonly values: Float64Array;
  /** The error that rounding explains, at each of them. */
  readonly bounds: Float64Array;
}

/** @param values of the inputs, and of the cotangent under "dy" where a gradient is computed
 *  @param shapes of the inputs, and of the forward's result under "y" */
export function expectedOf(
  { inputs, cut, wrt, reference, K }: KernelCase,
  values: Readonly<Record<string, TypedData>>,
  yShape: readonly number[],
): Expected {
  const shapes: Readonly<Record<string, readonly number[]>> = { ...inputs, y: yShape };
  const part = (name: string) => partOf(shapes[name] ?? [], cut[name] ?? []);
  const arrays: Arrays = Object.fromEntries(
    Object.keys(inputs).map((name) => [name, taken(values[name] ?? [], part(name))]),
  );
  const dy = taken(values.dy ?? [], part("y"));
  const of = (rule: KernelCase["reference"]["magnitude"]) =>
    (wrt ? rule.vjp(arrays, dy)[wrt] : rule.forward(arrays).data) ?? new Float64Array();
  const bounds = of(reference.magnitude).map((magnitude) =>
    magnitude === 0 ? 0 : 2 * K * ROUNDOFF * magnitude + FLUSHED,
  );
  return { indices: part(wrt ?? "y").indices, values: of(reference), bounds };
}

/** Largest error as a share of what is allowed: at most 1 for a right result, infinite where nothing is allowed.
 * @param naive the whole result of the naive variant, from which another right one may differ a little everywhere */
export function errorOf(got: TypedData, { indices, values, bounds }: Expected, naive: TypedData | undefined): number {
  let worst = 0;
  indices.forEach((at, i) => {
    worst = Math.max(worst, share(got[at], values[i], bounds[i]));
  });
  if (!naive) return worst;
  if (naive.length !== got.length) return Number.POSITIVE_INFINITY;
  // sums of other channels are about as large as those of the few
  const allowed = 4 * bounds.reduce((most, bound) => Math.max(most, bound), 0);
  for (let i = 0; i < got.length; i++) worst = Math.max(worst, share(got[i], naive[i], allowed));
  return worst;
}

function share(got = Number.NaN, wanted = Number.NaN, bound = 0): number {
  const error = Math.abs(got - wanted);
  if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
  if (error === 0) return 0;
  return bound === 0 ? Number.POSITIVE_INFINITY : error / bound;
}
