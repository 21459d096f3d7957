// Checks of the operations that see elements or rows.
import {
  add,
  argMax,
  batchNorm,
  div,
  logSoftmax,
  mul,
  oneHot,
  quantile,
  type RuleName,
  rowStatistics,
  softmax,
  stabilizedQuotient,
  sub,
  type Tensor,
} from "../../index.ts";
import { type Check, check } from "./check.ts";
import { fill, linear, pick, products, type Scalar, type Scalars, scalar } from "./scalar.ts";

/** y[i] is a function of x[i] alone. */
export function pointwise(
  what: string,
  run: (x: Tensor) => Tensor,
  item: (x: Scalar) => Scalar,
  rule?: RuleName,
): Check[] {
  return [20, 7].map((n) =>
    check({
      what: `${what} of ${n} elements`,
      inputs: { x: [n] },
      run: ({ x }) => run(x),
      known: ({ x }) => x.items.map(item),
      ...(rule ? { rule } : {}),
    }),
  );
}

export function sigmoidOf(x: Scalar): Scalar {
  const y = 1 / (1 + Math.exp(-x.value));
  return scalar(y, [[x, y * (1 - y)]]);
}

/** Open between 0 and 0.75; the guided rules also look at the gradient's sign, and deconvnet at nothing else. */
export function cutOff(rule: RuleName): (x: Scalar) => Scalar {
  return (x) => {
    const y = Math.min(Math.max(x.value, 0), 0.75);
    const open = rule === "deconvnet" || y === x.value;
    return scalar(y, [[x, Number(open)]], rule !== "gradient");
  };
}

export function softmaxes(C: number): Check[] {
  const shares = (row: readonly Scalar[]) => {
    const total = row.reduce((all, { value }) => all + Math.exp(value), 0);
    return row.map(({ value }) => Math.exp(value) / total);
  };
  const rows = (x: Scalars, item: (row: Scalar[], k: number, shares: number[]) => Scalar) =>
    [0, 1, 2].flatMap((n) => {
      const row = fill([C], (k = 0) => pick(x, n, k));
      const parts = shares(row);
      return row.map((_, k) => item(row, k, parts));
    });
  const inputs = { x: [3, C] };
  return [
    check({
      what: `softmax of ${C}`,
      inputs,
      run: ({ x }) => softmax(x),
      known: ({ x }) =>
        rows(x, (row, k, p) => {
          const own = p[k] ?? 0;
          return scalar(
            own,
            row.map((item, i) => [item, own * (Number(i === k) - (p[i] ?? 0))]),
          );
        }),
    }),
    check({
      what: `logSoftmax of ${C}`,
      inputs,
      run: ({ x }) => logSoftmax(x),
      known: ({ x }) =>
        rows(x, (row, k, p) =>
          scalar(
            Math.log(p[k] ?? 0),
            row.map((item, i) => [item, Number(i === k) - (p[i] ?? 0)]),
          ),
        ),
    }),
    check({
      what: `argMax of ${C}`,
      inputs,
      wrt: [],
      run: ({ x }) => argMax(x),
      known: ({ x }) => [0, 1, 2].map((n) => scalar(winner(x, n))),
    }),
    check({
      what: `oneHot of ${C}`,
      inputs,
      wrt: [],
      run: ({ x }) => oneHot(argMax(x), C),
      known: ({ x }) => fill([3, C], (n = 0, k) => scalar(Number(k === winner(x, n)))),
    }),
  ];
}

/** Sum, sum of squares, least, greatest, number of positive and of negative values of each row. */
export function statistics(C: number): Check {
  return check({
    what: `statistics of ${C}`,
    inputs: { x: [2, C] },
    wrt: [],
    run: ({ x }) => rowStatistics(x),
    known: ({ x }) =>
      fill([2], (n = 0) => fill([C], (k = 0) => pick(x, n, k).value)).flatMap((row) =>
        [
          row.reduce((sum, value) => sum + value, 0),
          row.reduce((sum, value) => sum + value * value, 0),
          Math.min(...row),
          Math.max(...row),
          row.filter((value) => value > 0).length,
          row.filter((value) => value < 0).length,
        ].map((value) => scalar(value)),
      ),
  });
}

/** The median of each row, whose values are never equal. */
export function quantiles(C: number): Check {
  return check({
    what: `quantile of ${C}`,
    inputs: { x: [2, C] },
    wrt: [],
    run: ({ x }) => quantile(x, 0.5),
    known: ({ x }) =>
      fill([2], (n = 0) => fill([C], (k = 0) => pick(x, n, k).value).sort((a, b) => a - b)).map((row) =>
        scalar(row[Math.floor(0.5 * (C - 1))] ?? 0),
      ),
  });
}

function quotient(a: Scalar, b: Scalar): Scalar {
  return scalar(a.value / b.value, [
    [a, 1 / b.value],
    [b, -a.value / b.value ** 2],
  ]);
}

function winner(x: Scalars, n: number): number {
  const row = fill([x.shape[1] ?? 0], (k = 0) => pick(x, n, k).value);
  return row.indexOf(Math.max(...row));
}

/** a with b, whose rows are repeated where it has fewer. */
export function binaries(a: readonly number[], b: readonly number[]): Check[] {
  const inputs = { a, b };
  const pairs = (s: Record<"a" | "b", Scalars>, item: (a: Scalar, b: Scalar) => Scalar) =>
    s.a.items.flatMap((left, i) => {
      const right = s.b.items[i % s.b.items.length];
      return right ? [item(left, right)] : [];
    });
  const what = b.length < a.length ? "repeated rows" : "equal shapes";
  const sums = [
    { name: "add", run: add, sign: 1 },
    { name: "sub", run: sub, sign: -1 },
  ];
  return [
    ...sums.map(({ name, run, sign }) =>
      check({
        what: `${name} of ${what}`,
        inputs,
        run: (t) => run(t.a, t.b),
        known: (s) =>
          pairs(s, (left, right) =>
            linear([
              [left, 1],
              [right, sign],
            ]),
          ),
      }),
    ),
    check({
      what: `mul of ${what}`,
      inputs,
      run: (t) => mul(t.a, t.b),
      known: (s) => pairs(s, (left, right) => products([[left, right]])),
    }),
    check({ what: `div of ${what}`, inputs, run: (t) => div(t.a, t.b), known: (s) => pairs(s, quotient) }),
  ];
}

/** a / (b + epsilon sign(b)) */
export function quotients(epsilon: number): Check[] {
  return [20, 7].map((n) =>
    check({
      what: `stabilizedQuotient of ${n} elements`,
      inputs: { a: [n], b: [n] },
      run: ({ a, b }) => stabilizedQuotient(a, b, { epsilon }),
      known: ({ a, b }) =>
        a.items.map((left, i) => {
          const right = pick(b, i);
          const below = right.value + (right.value < 0 ? -epsilon : epsilon);
          return scalar(left.value / below, [
            [left, 1 / below],
            [right, -left.value / below ** 2],
          ]);
        }),
    }),
  );
}

export function batchNorms(C: number): Check {
  const epsilon = 1e-3;
  return check({
    what: `batchNorm of ${C} channels`,
    inputs: { x: [5, C], gamma: [C], beta: [C], mean: [C], variance: [C] },
    wrt: ["x", "gamma", "beta"],
    run: ({ x, ...terms }) => batchNorm(x, terms, { epsilon }),
    known: (s) =>
      s.x.items.map((x, i) => {
        const [gamma, beta] = [pick(s.gamma, i % C), pick(s.beta, i % C)];
        const centred = x.value - pick(s.mean, i % C).value;
        const slope = 1 / Math.sqrt(pick(s.variance, i % C).value + epsilon);
        return scalar(centred * slope * gamma.value + beta.value, [
          [x, slope * gamma.value],
          [gamma, centred * slope],
          [beta, 1],
        ]);
      }),
  });
}
