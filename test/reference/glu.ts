import { type Array64, at, type Gradients64, type Reference, sizeOf, zeros } from "./array.ts";

interface GluInputs {
  readonly x: Array64;
}

/** What an element of the result and its two gradients are, from the pair (a, b) and the cotangent. */
interface Pairwise {
  readonly y: (a: number, b: number) => number;
  readonly da: (d: number, a: number, b: number) => number;
  readonly db: (d: number, a: number, b: number) => number;
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

const values: Pairwise = {
  y: (a, b) => a * logistic(b),
  da: (d, _, b) => d * logistic(b),
  db: (d, a, b) => d * a * logistic(b) * logistic(-b),
};

/** Error of the sigmoid, in units of the last place, and of two products. */
const units = (b: number) => 12 + 3 * Math.abs(b);

const magnitudes: Pairwise = {
  y: (a, b) => Math.abs(a) * logistic(b) * units(b),
  da: (d, _, b) => Math.abs(d) * logistic(b) * units(b),
  // relative error of the sigmoid and of 1 less the sigmoid, the latter grown by the subtraction
  db: (d, a, b) => Math.abs(d * a) * logistic(b) * (logistic(-b) * 2 * units(b) + 4),
};

/** The first half of x along `axis` times the sigmoid of the second. */
export function gluFunction(axis: number): Reference<GluInputs> {
  return { ...over(axis, values), magnitude: over(axis, magnitudes) };
}

function over(axis: number, pairwise: Pairwise) {
  return {
    forward: ({ x }: GluInputs): Array64 => {
      const y = zeros(x.shape.map((extent, i) => (i === axis ? extent / 2 : extent)));
      for (const { i, first, second } of pairs(x.shape, axis))
        y.data[i] = pairwise.y(at(x.data, first), at(x.data, second));
      return y;
    },
    vjp: ({ x }: GluInputs, dy: Array64): Gradients64 => {
      const dx = zeros(x.shape).data;
      for (const { i, first, second } of pairs(x.shape, axis)) {
        const [a, b] = [at(x.data, first), at(x.data, second)];
        dx[first] = pairwise.da(at(dy.data, i), a, b);
        dx[second] = pairwise.db(at(dy.data, i), a, b);
      }
      return { x: dx };
    },
  };
}

/** For each element of the result, where its two inputs are. */
function pairs(shape: readonly number[], axis: number): { i: number; first: number; second: number }[] {
  const inner = sizeOf(shape.slice(axis + 1));
  const half = ((shape[axis] ?? 0) / 2) * inner;
  return Array.from({ length: sizeOf(shape) / 2 }, (_, i) => {
    const first = Math.floor(i / half) * 2 * half + (i % half);
    return { i, first, second: first + half };
  });
}
