import { type Array64, at, type Reference, type Rule } from "./array.ts";

interface QuotientInputs {
  readonly a: Array64;
  readonly b: Array64;
}

/** a / (b + epsilon sign(b)), the sign of 0 being 1 */
export function stabilizedQuotientFunction(epsilon: number): Reference<QuotientInputs> {
  const denominator = (b: number) => (b < 0 ? b - epsilon : b + epsilon);
  const rule = (size: (value: number) => number): Rule<QuotientInputs> => ({
    forward: ({ a, b }) => ({
      data: a.data.map((value, i) => size(value / denominator(at(b.data, i)))),
      shape: a.shape,
    }),
    vjp: ({ a, b }, dy) => ({
      a: dy.data.map((value, i) => size(value / denominator(at(b.data, i)))),
      b: dy.data.map((value, i) => size((-value * at(a.data, i)) / denominator(at(b.data, i)) ** 2)),
    }),
  });
  // the denominator is a sum of two numbers of one sign: errors are relative to the values themselves
  return { ...rule((value) => value), magnitude: rule(Math.abs) };
}
