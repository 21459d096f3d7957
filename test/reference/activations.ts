// Rounding: WGSL promises exp(x) to 3 + 2|x| units in the last place, division to 2.5, log to 3 (or 2^-21 absolute
// near 1). The magnitudes below add these up, in units, with whole numbers to spare; where a row is added up, its
// length counts as well, so that K is 1 for all of them.
import { type Array64, at, extent, type Reference, type Rule, zeros } from "./array.ts";

export interface UnaryInputs {
  readonly x: Array64;
}

type Unary = Rule<UnaryInputs>;

/** ReLU and, with max 6, ReLU6: the gradient passes where 0 < x < max. Nothing is rounded. */
export function rectifier(max = Infinity): Reference<UnaryInputs> {
  const forward: Unary["forward"] = ({ x }) => map(x, (value) => Math.min(Math.max(value, 0), max));
  const vjp: Unary["vjp"] = ({ x }, dy) => ({
    x: dy.data.map((value, i) => (at(x.data, i) > 0 && at(x.data, i) < max ? value : 0)),
  });
  const exact: Unary = { forward: ({ x }) => zeros(x.shape), vjp: ({ x }) => ({ x: zeros(x.shape).data }) };
  return { forward, vjp, magnitude: exact };
}

/** No result is so exact that what is smaller than float32's least could not be missing. */
const TINY = 2 ** -200;

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

export const sigmoidFunction: Reference<UnaryInputs> = {
  forward: ({ x }) => map(x, logistic),
  vjp: ({ x }, dy) => ({ x: dy.data.map((value, i) => value * slope(at(x.data, i))) }),
  magnitude: {
    forward: ({ x }) => map(x, (value) => logistic(value) * units(value) + TINY),
    vjp: ({ x }, dy) => ({
      x: dy.data.map((value, i) => {
        const y = logistic(at(x.data, i));
        // relative error of y and of 1 - y, the latter grown by the subtraction
        return Math.abs(value) * y * ((1 - y) * 2 * units(at(x.data, i)) + 4) + TINY;
      }),
    }),
  },
};

function slope(x: number): number {
  return logistic(x) * logistic(-x);
}

/** Error of a quotient that holds exp(x), in units of the last place. */
function units(x: number): number {
  return 8 + 3 * Math.abs(x);
}

/** exp(x_i) / sum_j exp(x_j) over the last axis */
export const softmaxFunction: Reference<UnaryInputs> = {
  forward: ({ x }) => overRows(x, (row) => softmaxRow(row)),
  vjp: ({ x }, dy) => ({
    x: overRows(x, (row, first) => {
      const y = softmaxRow(row);
      const mean = y.reduce((sum, p, i) => sum + p * at(dy.data, first + i), 0);
      return y.map((p, i) => p * (at(dy.data, first + i) - mean));
    }).data,
  }),
  magnitude: {
    forward: ({ x }) =>
      overRows(x, (row) => {
        const errors = rowUnits(row);
        return softmaxRow(row).map((p, i) => p * at(errors, i));
      }),
    vjp: ({ x }, dy) => ({
      x: overRows(x, (row, first) => {
        const errors = rowUnits(row);
        const y = softmaxRow(row);
        const size = (i: number) => Math.abs(at(dy.data, first + i));
        const mean = y.reduce((sum, p, i) => sum + p * size(i), 0);
        const meanError = y.reduce((sum, p, i) => sum + p * size(i) * at(errors, i), 0);
        return y.map((p, i) => p * (at(errors, i) * (size(i) + mean) + meanError));
      }).data,
    }),
  },
};

/** x_i - log sum_j exp(x_j) over the last axis */
export const logSoftmaxFunction: Reference<UnaryInputs> = {
  forward: ({ x }) =>
    overRows(x, (row) => {
      const total = logSum(row);
      return row.map((value) => value - total);
    }),
  vjp: ({ x }, dy) => ({
    x: overRows(x, (row, first) => {
      const total = row.reduce((sum, _, i) => sum + at(dy.data, first + i), 0);
      return softmaxRow(row).map((p, i) => at(dy.data, first + i) - p * total);
    }).data,
  }),
  magnitude: {
    forward: ({ x }) =>
      overRows(x, (row) => {
        const spread = sumUnits(row) + logSum(row) - greatestOf(row);
        const greatest = greatestOf(row);
        return row.map((value) => 2 * Math.abs(value - greatest) + spread);
      }),
    vjp: ({ x }, dy) => ({
      x: overRows(x, (row, first) => {
        const errors = rowUnits(row);
        const total = row.reduce((sum, _, i) => sum + Math.abs(at(dy.data, first + i)), 0);
        return softmaxRow(row).map((p, i) => Math.abs(at(dy.data, first + i)) + p * total * at(errors, i));
      }).data,
    }),
  },
};

/** Errors of exp(x_i - max) / sum, in units. */
function rowUnits(row: Float64Array): Float64Array {
  const greatest = greatestOf(row);
  const sum = sumUnits(row);
  return row.map((value) => units(value - greatest) + sum);
}

/** Error of sum_j exp(x_j - max): that of exp, weighted by what each term adds, and that of the additions. */
function sumUnits(row: Float64Array): number {
  const greatest = greatestOf(row);
  return softmaxRow(row).reduce((sum, p, i) => sum + p * units(at(row, i) - greatest), row.length);
}

function greatestOf(row: Float64Array): number {
  return row.reduce((a, b) => Math.max(a, b), -Infinity);
}

function softmaxRow(row: Float64Array): Float64Array {
  const total = logSum(row);
  return row.map((value) => Math.exp(value - total));
}

function logSum(row: Float64Array): number {
  const greatest = greatestOf(row);
  return greatest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - greatest), 0));
}

function overRows(x: Array64, value: (row: Float64Array, first: number) => Float64Array): Array64 {
  const y = zeros(x.shape);
  const width = extent(x, x.shape.length - 1);
  for (let first = 0; first < x.data.length; first += width)
    y.data.set(value(x.data.subarray(first, first + width), first), first);
  return y;
}

function map(x: Array64, value: (x: number) => number): Array64 {
  return { data: x.data.map(value), shape: x.shape };
}

/** Of one row: how much of each element's value is taken in the sum that the threshold is made of, and the threshold. */
function simplex(row: readonly number[], asKeras: boolean): { factors: number[]; k: number; threshold: number } {
  const order = row.map((_, i) => i).sort((i, j) => (row[j] ?? 0) - (row[i] ?? 0) || i - j);
  const running: number[] = [];
  for (const [place, i] of order.entries()) running.push((running[place - 1] ?? 0) + (row[i] ?? 0));
  const k = order.filter((i, place) => 1 + (place + 1) * (row[i] ?? 0) > (running[place] ?? 0)).length;
  const factors = row.map(() => 0);
  for (const [place, i] of order.slice(0, k).entries()) factors[i] = asKeras ? k - place : 1;
  const sum = row.reduce((total, value, i) => total + value * (factors[i] ?? 0), 0);
  return { factors, k, threshold: (sum - 1) / k };
}

/** max(x - t, 0) over the last axis; t = (sum of the k largest - 1) / k with the greatest k that leaves all of them over t.
 * `asKeras`: with the sum of the sums of the 1, 2, ... k largest instead. */
export function sparsemaxFunction({ asKeras = false } = {}): Reference<UnaryInputs> {
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  const backward =
    (signed: boolean): Unary["vjp"] =>
    ({ x }, dy) => ({
      x: overRows(x, (values, first) => {
        const row = Array.from(values);
        const { factors, k, threshold } = simplex(row, asKeras);
        const open = row.map((value, i) => {
          const d = at(dy.data, first + i);
          return value >= threshold ? (signed ? d : Math.abs(d)) : 0;
        });
        const shared = (signed ? -1 : 1) * sum(open);
        return Float64Array.from(factors, (factor, i) => (open[i] ?? 0) + (factor / k) * shared);
      }).data,
    });
  return {
    forward: ({ x }) =>
      overRows(x, (values) => {
        const { threshold } = simplex(Array.from(values), asKeras);
        return values.map((value) => Math.max(value - threshold, 0));
      }),
    vjp: backward(true),
    magnitude: {
      forward: ({ x }) =>
        overRows(x, (values) => {
          const row = Array.from(values);
          const { factors, k } = simplex(row, asKeras);
          const most = Math.max(...row);
          const below = sum(row.map((value, i) => (most - value) * (factors[i] ?? 0)));
          // values are taken relative to the largest, which the sums of sums bring back (k - 1) / 2 times
          const shift = asKeras ? (Math.abs(most) * (k - 1)) / 2 : 0;
          return values.map((value) => Math.abs(value) + Math.abs(most) + (below + 1) / k + shift);
        }),
      vjp: backward(false),
    },
  };
}
