import { type Array64, at, type Reference, zeros } from "./array.ts";

/** The value at place q (R - 1), rounded down, of each row sorted upwards. */
export function quantiles(q: number): Reference<{ readonly x: Array64 }> {
  return {
    forward: ({ x }) => pick(x, q),
    vjp: () => ({}),
    // one of the values itself: there is nothing to round
    magnitude: { forward: ({ x }) => zeros([x.shape[0] ?? 1]), vjp: () => ({}) },
  };
}

function pick(x: Array64, q: number): Array64 {
  const rows = x.shape[0] ?? 1;
  const y = zeros([rows]);
  const R = x.shape.slice(1).reduce((product, extent) => product * extent, 1);
  for (let row = 0; row < rows; row++) {
    const sorted = Array.from({ length: R }, (_, i) => at(x.data, row * R + i)).sort((a, b) => a - b);
    y.data[row] = sorted[Math.floor(q * (R - 1))] ?? 0;
  }
  return y;
}
