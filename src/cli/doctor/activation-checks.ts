// Checks of the activations and of the operations on pairs that are like them.
import {
  elu,
  exponential,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  maximum,
  minimum,
  mish,
  prelu,
  silu,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  squareplus,
  type Tensor,
  tanh,
  tanhShrink,
  threshold,
} from "../../index.ts";
import { type Check, check } from "./check.ts";
import { pointwise } from "./element-checks.ts";
import { fill, linear, pick, type Scalar, scalar } from "./scalar.ts";

type Plain = (x: number) => number;

const sigmoid: Plain = (x) => 1 / (1 + Math.exp(-x));
const clamp = (x: number, least: number, most: number) => Math.min(Math.max(x, least), most);

/** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to z, by its series. */
function erf(z: number): number {
  let [sum, term] = [0, z];
  for (let n = 0; n < 30; n++) {
    sum += term / (2 * n + 1);
    term *= -(z * z) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Each function on the GPU and in plain numbers. None has a corner where the inputs are. */
const functions: readonly (readonly [string, (x: Tensor) => Tensor, Plain])[] = [
  ["elu", (x) => elu(x, { alpha: 0.5 }), (x) => (x < 0 ? 0.5 * Math.expm1(x) : x)],
  ["gelu", (x) => gelu(x), (x) => (x / 2) * (1 + erf(x / Math.SQRT2))],
  [
    "gelu (approximate)",
    (x) => gelu(x, { approximate: true }),
    (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ],
  ["silu", silu, (x) => x * sigmoid(x)],
  ["mish", mish, (x) => x * Math.tanh(Math.log1p(Math.exp(x)))],
  ["hardSigmoid", (x) => hardSigmoid(x, { slope: 0.75 }), (x) => clamp(0.75 * x + 0.5, 0, 1)],
  ["hardSilu", hardSilu, (x) => x * clamp(x / 6 + 0.5, 0, 1)],
  ["softplus", softplus, (x) => Math.log1p(Math.exp(x))],
  ["softsign", softsign, (x) => x / (1 + Math.abs(x))],
  ["tanh", tanh, Math.tanh],
  ["tanhShrink", tanhShrink, (x) => x - Math.tanh(x)],
  ["exponential", exponential, Math.exp],
  ["squareplus", (x) => squareplus(x), (x) => (x + Math.sqrt(x * x + 4)) / 2],
  ["sparsePlus", sparsePlus, (x) => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4)],
  ["threshold", (x) => threshold(x, { threshold: 0.3, value: -2 }), (x) => (x > 0.3 ? x : -2)],
  ["softShrink", (x) => softShrink(x, { threshold: 0.3 }), (x) => x - clamp(x, -0.3, 0.3)],
  ["hardShrink", (x) => hardShrink(x, { threshold: 0.3 }), (x) => (Math.abs(x) > 0.3 ? x : 0)],
];

const STEP = 1e-6;

function item(f: Plain): (x: Scalar) => Scalar {
  return (x) => scalar(f(x.value), [[x, (f(x.value + STEP) - f(x.value - STEP)) / (2 * STEP)]]);
}

interface Pairs {
  readonly what: string;
  readonly run: (a: Tensor, b: Tensor) => Tensor;
  readonly known: (a: Scalar, b: Scalar) => Scalar;
}

const pairs: readonly Pairs[] = [
  { what: "maximum", run: maximum, known: (a, b) => chosen(a, b, a.value >= b.value) },
  { what: "minimum", run: minimum, known: (a, b) => chosen(a, b, a.value <= b.value) },
  {
    what: "prelu",
    run: prelu,
    known: (x, alpha) => {
      const slope = x.value > 0 ? 1 : alpha.value;
      return scalar(slope * x.value, [
        [x, slope],
        [alpha, Math.min(x.value, 0)],
      ]);
    },
  },
];

function chosen(a: Scalar, b: Scalar, first: boolean): Scalar {
  return scalar(first ? a.value : b.value, [
    [a, Number(first)],
    [b, Number(!first)],
  ]);
}

/** The k largest elements of a row less their common threshold; `asKeras` takes the running sums for the elements. */
function simplex(row: readonly Scalar[], asKeras: boolean): Scalar[] {
  const order = row.toSorted((a, b) => b.value - a.value);
  const running = order.map((_, k) => order.slice(0, k + 1).reduce((sum, { value }) => sum + value, 0));
  const k = order.filter(({ value }, i) => 1 + (i + 1) * value > (running[i] ?? 0)).length;
  const parts = order.slice(0, k).map((x, i): [Scalar, number] => [x, (asKeras ? k - i : 1) / k]);
  const threshold = parts.reduce((sum, [{ value }, factor]) => sum + factor * value, -1 / k);
  return row.map((x) =>
    x.value > threshold
      ? linear([[x, 1], ...parts.map(([part, factor]): [Scalar, number] => [part, -factor])], 1 / k)
      : scalar(0),
  );
}

const rowChecks: readonly Check[] = [
  ...[false, true].flatMap((asKeras) => [
    check({
      what: `sparsemax${asKeras ? " of Keras" : ""} of 68`,
      inputs: { x: [2, 68] },
      run: ({ x }) => sparsemax(x, { asKeras }),
      known: ({ x }) =>
        fill([2], (n = 0) =>
          simplex(
            fill([68], (c = 0) => pick(x, n, c)),
            asKeras,
          ),
        ).flat(),
    }),
    check({
      what: `sparsemax${asKeras ? " of Keras" : ""} of 9, two apart`,
      inputs: { x: [2, 9, 2] },
      run: ({ x }) => sparsemax(x, { axis: 1, asKeras }),
      known: ({ x }) => {
        const rows = fill([2, 2], (n = 0, i = 0) =>
          simplex(
            fill([9], (c = 0) => pick(x, n, c, i)),
            asKeras,
          ),
        );
        return fill([2, 9, 2], (n = 0, c = 0, i = 0) => rows[2 * n + i]?.[c] ?? scalar(0));
      },
    }),
  ]),
  check({
    what: "glu of 6",
    inputs: { x: [3, 6] },
    run: ({ x }) => glu(x),
    known: ({ x }) =>
      fill([3, 3], (n = 0, c = 0) => {
        const [a, b] = [pick(x, n, c), pick(x, n, c + 3)];
        const gate = sigmoid(b.value);
        return scalar(a.value * gate, [
          [a, gate],
          [b, a.value * gate * (1 - gate)],
        ]);
      }),
  }),
];

/** Two equal shapes, and rows that are repeated. */
const shapes = [
  { a: [2, 3, 4], b: [2, 3, 4] },
  { a: [2, 3, 5], b: [5] },
];

export const activationChecks: readonly Check[] = [
  ...rowChecks,
  ...functions.flatMap(([what, run, f]) => pointwise(what, run, item(f))),
  ...pairs.flatMap(({ what, run, known }) =>
    shapes.map((inputs) =>
      check({
        what: `${what} of [${inputs.a}] and [${inputs.b}]`,
        inputs,
        run: (t) => run(t.a, t.b),
        known: (s) =>
          s.a.items.flatMap((left, i) => {
            const right = s.b.items[i % s.b.items.length];
            return right ? [known(left, right)] : [];
          }),
      }),
    ),
  ),
];
