import { rescaledTerms, type Tensor, termRange } from "../../index.ts";
import { type Check, check } from "./check.ts";
import { fill, pick, type Scalar, type Scalars, scalar } from "./scalar.ts";

const EPSILON = 0.125;

/** The terms b_c x of R positions and C channels: how far they reach, and what they are when rescaled. */
export function terms(R: number, C: number): Check[] {
  const inputs = { x: [2, R, C], b: [C] } as const;
  const spans = ({ x, b }: { x: Scalars; b: Scalars }) => {
    const values = (n = 0, c = 0) => fill([R], (r = 0) => pick(x, n, r, c).value * pick(b, c).value);
    const sizes = (n = 0, c = 0) => values(n, c).map(Math.abs);
    return { values, sizes };
  };
  return [
    check({
      what: `range of ${R} x ${C} terms`,
      inputs,
      wrt: [],
      run: ({ x, b }) => termRange(x, b),
      known: (scalars) => {
        const { values, sizes } = spans(scalars);
        const of = [
          (n = 0, c = 0) => -Math.min(...sizes(n, c)),
          (n = 0, c = 0) => Math.max(...sizes(n, c)),
          (n = 0, c = 0) => values(n, c).reduce((sum, value) => sum + value, 0),
        ];
        return fill([2, 3, C], (n, k = 0, c) => scalar(of[k]?.(n, c) ?? Number.NaN));
      },
    }),
    check({
      what: `${R} x ${C} rescaled terms`,
      inputs,
      wrt: [],
      run: ({ x, b }) => rescaled(x, b),
      known: (scalars) => {
        const { sizes } = spans(scalars);
        return fill([2, R], (n, r = 0): Scalar => {
          const shares = fill([C], (c) => {
            const all = sizes(n, c);
            const least = Math.min(...all);
            return ((all[r] ?? 0) - least) / (Math.max(...all) - least + EPSILON);
          });
          return scalar(shares.reduce((sum, share) => sum + share, 0));
        });
      },
    }),
  ];
}

function rescaled(x: Tensor, b: Tensor): Tensor {
  return rescaledTerms(x, { b, range: termRange(x, b), epsilon: EPSILON });
}
