import {
  type Array64,
  absolute,
  accumulate,
  at,
  extent,
  type Reference,
  sizeOf,
  sumsOfProducts,
  zeros,
} from "./array.ts";

export interface ReduceOptions {
  /** Counted from the front; all axes unless given. */
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
}

interface Inputs {
  readonly x: Array64;
}

export function summation(options: ReduceOptions): Reference<Inputs> {
  return weightedSum(options, () => 1);
}

export function averaging(options: ReduceOptions): Reference<Inputs> {
  return weightedSum(options, (x) => outputOf(x, options).size / x.data.length);
}

function weightedSum(options: ReduceOptions, weight: (x: Array64) => number): Reference<Inputs> {
  return sumsOfProducts({
    forward: ({ x }) => {
      const { shape, indexOf } = outputOf(x, options);
      const y = zeros(shape);
      x.data.forEach((value, xi) => {
        accumulate(y.data, indexOf(xi), value * weight(x));
      });
      return y;
    },
    vjp: ({ x }, dy) => {
      const { indexOf } = outputOf(x, options);
      return { x: x.data.map((_, xi) => at(dy.data, indexOf(xi)) * weight(x)) };
    },
  });
}

/** Forward exact; equal maxima share the gradient evenly, as in TensorFlow's reduce_max. */
export function maximum(options: ReduceOptions): Reference<Inputs> {
  const winners = (x: Array64) => {
    const { size, indexOf } = outputOf(x, options);
    const found = Array.from({ length: size }, (): number[] => []);
    x.data.forEach((value, xi) => {
      const [best] = found[indexOf(xi)] ?? [];
      if (best === undefined || value > at(x.data, best)) found[indexOf(xi)] = [xi];
      else if (value === at(x.data, best)) found[indexOf(xi)]?.push(xi);
    });
    return found;
  };
  const vjp = ({ x }: Inputs, dy: Array64) => {
    const dx = zeros(x.shape).data;
    winners(x).forEach((tied, yi) => {
      for (const xi of tied) dx[xi] = at(dy.data, yi) / tied.length;
    });
    return { x: dx };
  };
  return {
    forward: ({ x }) => ({
      data: Float64Array.from(winners(x), ([first = -1]) => at(x.data, first)),
      shape: outputOf(x, options).shape,
    }),
    vjp,
    // which elements are greatest must be decided on x itself, so only dy is taken absolute
    magnitude: {
      forward: ({ x }) => zeros(outputOf(x, options).shape),
      vjp: (inputs, dy) => vjp(inputs, absolute(dy)),
    },
  };
}

/** Index of the greatest element along the last axis, the lowest of equal ones. */
export const greatestIndex: Reference<Inputs> = {
  forward: ({ x }) => {
    const width = extent(x, x.shape.length - 1);
    const y = zeros(x.shape.slice(0, -1));
    for (let row = 0; row < y.data.length; row++)
      for (let j = 1; j < width; j++)
        if (at(x.data, row * width + j) > at(x.data, row * width + at(y.data, row))) y.data[row] = j;
    return y;
  },
  vjp: () => ({}),
  magnitude: { forward: ({ x }) => zeros(x.shape.slice(0, -1)), vjp: () => ({}) },
};

/** 1 at index[i] of row i, else 0 */
export function indicator(depth: number): Reference<{ readonly index: Array64 }> {
  return {
    forward: ({ index }) => {
      const y = zeros([...index.shape, depth]);
      index.data.forEach((value, i) => {
        y.data[i * depth + value] = 1;
      });
      return y;
    },
    vjp: () => ({}),
    magnitude: { forward: ({ index }) => zeros([...index.shape, depth]), vjp: () => ({}) },
  };
}

/** Shape and size of the result, and which of its elements each element of x goes into. */
function outputOf(x: Array64, { axes, keepDims = false }: ReduceOptions) {
  const gone = (axis: number) => axes === undefined || axes.includes(axis);
  const kept = x.shape.map((extent, axis) => (gone(axis) ? 1 : extent));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !gone(axis));
  const indexOf = (xi: number) => {
    let [rest, index, step] = [xi, 0, 1];
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      const size = x.shape[axis] ?? 1;
      if (!gone(axis)) {
        index += (rest % size) * step;
        step *= size;
      }
      rest = Math.floor(rest / size);
    }
    return index;
  };
  return { shape, size: sizeOf(shape), indexOf };
}
