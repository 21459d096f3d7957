// Activations by definition. Rounding: a value may err by 16 units of float32's last place, of each term where terms of
// either sign are added; and by what an error of a unit or two in an exponent's argument makes of it.
import { type Array64, at, type Reference, type Rule, sizeOf } from "./array.ts";

export interface UnaryInputs {
  readonly x: Array64;
}

export interface Activation {
  readonly f: (x: number) => number;
  readonly df: (x: number) => number;
  /** Sum of the absolute values of the terms of f; |f| unless given. */
  readonly size?: (x: number) => number;
  /** The same of df. */
  readonly slopeSize?: (x: number) => number;
  /** Units in the last place of each term; 16 unless given. 0 where nothing is rounded. */
  readonly units?: (x: number) => number;
}

/** What float32 may have rounded away altogether. */
const TINY = 2 ** -120;

function activation({ f, df, size, slopeSize, units = () => 16 }: Activation): Reference<UnaryInputs> {
  const magnitude = (value: number, count: number) => (count === 0 ? 0 : Math.abs(value) * count + TINY);
  return {
    forward: ({ x }) => ({ data: x.data.map((v) => f(v)), shape: x.shape }),
    vjp: ({ x }, dy) => ({ x: dy.data.map((value, i) => value * df(at(x.data, i))) }),
    magnitude: {
      forward: ({ x }) => ({ data: x.data.map((v) => magnitude((size ?? f)(v), units(v))), shape: x.shape }),
      vjp: ({ x }, dy) => ({
        x: dy.data.map((value, i) => magnitude(value * (slopeSize ?? df)(at(x.data, i)), units(at(x.data, i)))),
      }),
    },
  };
}

const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const sum = (...terms: number[]) => terms.reduce((total, term) => total + Math.abs(term), 0);
const clamp = (x: number, least: number, most: number) => Math.min(Math.max(x, least), most);

/** a x; below 0, b (exp(c x) - 1) */
const eluOf = (a: number, b: number, c: number) =>
  activation({ f: (x) => (x < 0 ? b * Math.expm1(c * x) : a * x), df: (x) => (x < 0 ? b * c * Math.exp(c * x) : a) });

export const eluFunction = (alpha = 1) => eluOf(1, alpha, 1);
export const seluFunction = eluOf(1.0507009873554805, 1.0507009873554805 * 1.6732632423543772, 1);
export const celuFunction = (alpha = 1) => eluOf(1, alpha, 1 / alpha);

/** 2 / sqrt(pi) times the integral of exp(-t^2) from z to infinity: by its series near 0, else by its continued fraction. */
function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z);
  if (z < 2) {
    let [total, term] = [0, z];
    for (let n = 0; n < 60; n++) {
      total += term / (2 * n + 1);
      term *= -(z * z) / (n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * total;
  }
  let below = z;
  for (let n = 120; n > 0; n--) below = z + n / 2 / below;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / below;
}

const normal = (x: number) => erfc(-x / Math.SQRT2) / 2;
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** A rounded x^2 / 2 in the exponent errs by so many units there, and so does the power relative to itself. */
const squareUnits = (x: number) => 16 + x * x;

export const geluFunction = activation({
  f: (x) => x * normal(x),
  df: (x) => normal(x) + x * density(x),
  slopeSize: (x) => sum(normal(x), x * density(x)),
  units: squareUnits,
});

const bent = (x: number) => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const bentSlope = (x: number) => 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
const flat = (x: number) => (Math.abs(x) > 100 ? 0 : sigmoid(bent(x)) * sigmoid(-bent(x)) * bentSlope(x));

export const geluTanhFunction = activation({
  f: (x) => x * sigmoid(bent(x)),
  df: (x) => sigmoid(bent(x)) + x * flat(x),
  slopeSize: (x) => sum(sigmoid(bent(x)), x * flat(x)),
  // the polynomial in the exponent errs by four units
  units: (x) => 16 + 4 * Math.min(Math.abs(bent(x)), 104),
});

export const siluFunction = activation({
  f: (x) => x * sigmoid(x),
  df: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  slopeSize: (x) => sigmoid(x) * (1 + Math.abs(x) * sigmoid(-x)),
});

const softlog = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** 1 - tanh(v)^2, without cancelling */
const tanhSlope = (v: number) => (2 / (Math.exp(Math.min(v, 300)) + Math.exp(-Math.min(v, 300)))) ** 2;

export const mishFunction = activation({
  f: (x) => x * Math.tanh(softlog(x)),
  df: (x) => Math.tanh(softlog(x)) + x * tanhSlope(softlog(x)) * sigmoid(x),
  slopeSize: (x) => sum(Math.tanh(softlog(x)), x * tanhSlope(softlog(x)) * sigmoid(x)),
});

/** a x + b, kept within two bounds; `exact` where a and b are powers of two */
const clampOf = ({
  endsPass = false,
  ...line
}: {
  a: number;
  b: number;
  least: number;
  most: number;
  endsPass?: boolean;
}) => {
  const { a, b, least, most } = line;
  const ends = [least, most].map((end) => Math.fround((end - b) / a));
  const inside = (x: number) => a * x + b > least && a * x + b < most;
  return activation({
    f: (x) => clamp(a * x + b, least, most),
    df: (x) => (ends.includes(x) ? (endsPass ? a : 0) : inside(x) ? a : 0),
    size: (x) => (inside(x) ? sum(a * x, b) : sum(least, most)),
  });
};

export const hardSigmoidFunction = (slope: number, endsPass = false) =>
  clampOf({ a: slope, b: 0.5, least: 0, most: 1, endsPass });
export const sparseSigmoidFunction = clampOf({ a: 0.5, b: 0.5, least: 0, most: 1 });
export const hardTanhFunction = clampOf({ a: 1, b: 0, least: -1, most: 1, endsPass: true });

export const hardSiluFunction = activation({
  f: (x) => x * clamp(x / 6 + 0.5, 0, 1),
  df: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
  size: (x) => Math.abs(x) * (x > -3 ? sum(x / 6, 0.5) : 0),
  slopeSize: (x) => (x > -3 ? sum(x / 3, 0.5) : 0),
});

export const softplusFunction = activation({ f: softlog, df: sigmoid });
export const logSigmoidFunction = activation({ f: (x) => -softlog(-x), df: (x) => sigmoid(-x) });
export const softsignFunction = activation({ f: (x) => x / (1 + Math.abs(x)), df: (x) => (1 + Math.abs(x)) ** -2 });
export const tanhFunction = activation({ f: Math.tanh, df: tanhSlope });
export const tanhShrinkFunction = activation({
  f: (x) => x - Math.tanh(x),
  df: (x) => Math.tanh(x) ** 2,
  size: (x) => sum(x, Math.tanh(x)),
});
export const exponentialFunction = activation({ f: Math.exp, df: Math.exp });

const root = (x: number, b: number) => Math.sqrt(x * x + b);
const squareplusOf = (x: number, b: number) => (x < 0 ? b / (root(x, b) - x) : root(x, b) + x) / 2;
export const squareplusFunction = (b = 4) =>
  activation({ f: (x) => squareplusOf(x, b), df: (x) => squareplusOf(x, b) / root(x, b) });

export const sparsePlusFunction = activation({
  f: (x) => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4),
  df: (x) => clamp((x + 1) / 2, 0, 1),
  size: (x) => (x <= -1 ? 0 : x >= 1 ? x : (Math.abs(x) + 1) ** 2 / 4),
  slopeSize: (x) => (x <= -1 ? 0 : sum(x, 1)),
});

const exact = () => 0;
export const thresholdFunction = (threshold: number, value: number) =>
  activation({ f: (x) => (x > threshold ? x : value), df: (x) => (x > threshold ? 1 : 0), units: exact });
export const hardShrinkFunction = (threshold = 0.5) =>
  activation({
    f: (x) => (Math.abs(x) > threshold ? x : 0),
    df: (x) => (Math.abs(x) > threshold ? 1 : 0),
    units: exact,
  });
export const softShrinkFunction = (threshold = 0.5) =>
  activation({
    f: (x) => x - clamp(x, -threshold, threshold),
    df: (x) => (Math.abs(x) > threshold ? 1 : 0),
    units: () => 1,
  });

/** Keras' ReLU with its options. At the threshold a leaky ReLU has the slope of what is below, one that also has a
 * threshold or a maximum none; at the maximum the slope is 1, but at the 6 of ReLU6 0. */
export function leakyRectifier({ max = Infinity, slope = 0, threshold = 0 }): Reference<UnaryInputs> {
  const corners = new Map([
    [max, max === 6 && threshold === 0 ? 0 : 1],
    [threshold, threshold === 0 && max === Infinity ? slope : 0],
  ]);
  return activation({
    f: (x) => (x > threshold ? Math.min(x, max) : slope * (x - threshold)),
    df: (x) => (x < threshold ? slope : (corners.get(x) ?? Number(x < max))),
    size: (x) => slope * sum(x, threshold),
    units: (x) => (x > threshold ? 0 : 2),
  });
}

/** A function of rows, the last axis, made one over the axes from `first` to `last`: they are moved behind the others. */
export function overAxes(
  reference: Reference<UnaryInputs>,
  { first, last }: { first: number; last: number },
): Reference<UnaryInputs> {
  const moved = ({ forward, vjp }: Rule<UnaryInputs>): Rule<UnaryInputs> => ({
    forward: ({ x }) => {
      const move = mover(x.shape, first, last);
      return { data: move.back(forward({ x: move.behind(x.data) }).data), shape: x.shape };
    },
    vjp: ({ x }, dy) => {
      const move = mover(x.shape, first, last);
      const { x: dx = dy.data } = vjp({ x: move.behind(x.data) }, move.behind(dy.data));
      return { x: move.back(dx) };
    },
  });
  return { ...moved(reference), magnitude: moved(reference.magnitude) };
}

function mover(shape: readonly number[], first: number, last: number) {
  const count = (from: number, to: number) => sizeOf(shape.slice(from, to));
  const [R, inner] = [count(first, last + 1), count(last + 1, shape.length)];
  // where element i of [outer, inner, R] stands in [outer, R, inner]
  const place = (i: number) => Math.floor(i / (R * inner)) * R * inner + (i % R) * inner + (Math.floor(i / R) % inner);
  return {
    behind: (data: Float64Array): Array64 => ({
      data: data.map((_, i) => at(data, place(i))),
      shape: [data.length / R, R],
    }),
    back: (data: Float64Array) => {
      const y = new Float64Array(data.length);
      data.forEach((value, i) => {
        y[place(i)] = value;
      });
      return y;
    },
  };
}
