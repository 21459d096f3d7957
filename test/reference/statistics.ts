import { type Array64, at, type Reference, zeros } from "./array.ts";

/** The engine cuts rows at these places; the definition of what is in a slice is all that depends on it. */
const LENGTH = 4096;

interface Inputs {
  readonly x: Array64;
}

/** Sum, sum of squares, least, greatest, number of positive and of negative values of each slice of each row. */
export const slicesOfRows: Reference<Inputs> = {
  forward: ({ x }) => describe(x, (slice) => slice),
  vjp: () => ({}),
  // sums are measured by what is added up; the rest is exact
  magnitude: {
    forward: ({ x }) => {
      const y = describe(x, (slice) => slice.map(Math.abs));
      return { ...y, data: y.data.map((value, i) => (i % 6 < 2 ? value : 0)) };
    },
    vjp: () => ({}),
  },
};

function describe(x: Array64, prepare: (slice: number[]) => number[]): Array64 {
  const rows = x.shape[0] ?? 1;
  const width = rows === 0 ? 0 : x.data.length / rows;
  const slices = Math.ceil(x.shape.slice(1).reduce((product, extent) => product * extent, 1) / LENGTH);
  const y = zeros([rows, slices, 6]);
  for (let row = 0; row < rows; row++)
    for (let s = 0; s < slices; s++) {
      const length = Math.min(LENGTH, width - s * LENGTH);
      const slice = prepare(Array.from({ length }, (_, i) => at(x.data, row * width + s * LENGTH + i)));
      y.data.set(fields(slice), (row * slices + s) * 6);
    }
  return y;
}

function fields(slice: readonly number[]): number[] {
  return [
    slice.reduce((sum, value) => sum + value, 0),
    slice.reduce((sum, value) => sum + value * value, 0),
    Math.min(...slice),
    Math.max(...slice),
    slice.filter((value) => value > 0).length,
    slice.filter((value) => value < 0).length,
  ];
}
