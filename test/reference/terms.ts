import { type Array64, at, type Reference, zeros } from "./array.ts";

export interface TermInputs {
  readonly x: Array64;
  readonly b: Array64;
}

/** Minus the least |b_c x|, the greatest, and the sum of b_c x, of each row and channel. */
export const termRanges: Reference<TermInputs> = {
  forward: (inputs) => ranges(inputs, (term) => term),
  vjp: () => ({}),
  magnitude: {
    forward: (inputs) => {
      const y = ranges(inputs, Math.abs);
      return { ...y, data: y.data.map(Math.abs) };
    },
    vjp: () => ({}),
  },
};

function ranges({ x, b }: TermInputs, prepare: (term: number) => number): Array64 {
  const rows = x.shape[0] ?? 1;
  const C = x.shape.at(-1) ?? 1;
  const y = zeros([rows, 3, C]);
  const R = rows === 0 ? 0 : x.data.length / rows / C;
  for (let n = 0; n < rows; n++)
    for (let c = 0; c < C; c++) {
      const terms = Array.from(
        { length: R },
        (_, r) => at(b.data, c % b.data.length) * at(x.data, (n * R + r) * C + c),
      );
      const sizes = terms.map(Math.abs);
      y.data[n * 3 * C + c] = -Math.min(...sizes);
      y.data[(n * 3 + 1) * C + c] = Math.max(...sizes);
      y.data[(n * 3 + 2) * C + c] = terms.reduce((sum, term) => sum + prepare(term), 0);
    }
  return y;
}

export interface RescaleInputs extends TermInputs {
  /** [rows, 3, c or 1]: minus the least, the greatest, and what is not read. */
  readonly range: Array64;
  readonly before?: Array64;
}

/** before + sum_c (|b_c x| - least_c) / (greatest_c - least_c + epsilon) */
export function rescaling(epsilon: number): Reference<RescaleInputs> {
  return {
    forward: (inputs) => rescaled(inputs, ({ term, minusLeast, width }) => (term + minusLeast) / width),
    vjp: () => ({}),
    magnitude: {
      // the numerator and the denominator are sums of their own; then a division of 2.5 units and a product
      forward: ({ before, ...inputs }) =>
        rescaled(
          { ...inputs, ...(before ? { before: { ...before, data: before.data.map(Math.abs) } } : {}) },
          (one) => {
            const numerator = one.term + Math.abs(one.minusLeast);
            const denominator = Math.abs(one.greatest) + Math.abs(one.minusLeast) + epsilon;
            return (numerator / one.width) * (denominator / Math.abs(one.width) + 5);
          },
        ),
      vjp: () => ({}),
    },
  };

  function rescaled({ x, b, range, before }: RescaleInputs, share: (one: Rescaled) => number): Array64 {
    const C = x.shape.at(-1) ?? 1;
    const S = range.shape[2] ?? 1;
    const y = zeros([...x.shape.slice(0, -1), 1]);
    const R = y.data.length / Math.max(1, x.shape[0] ?? 1);
    for (let i = 0; i < y.data.length; i++) {
      const ends = Math.floor(i / R) * 3 * S;
      let sum = before ? at(before.data, i) : 0;
      for (let c = 0; c < C; c++) {
        const term = Math.abs(at(x.data, i * C + c) * at(b.data, c % b.data.length));
        const [minusLeast, greatest] = [at(range.data, ends + (c % S)), at(range.data, ends + S + (c % S))];
        sum += share({ term, minusLeast, greatest, width: greatest + minusLeast + epsilon });
      }
      y.data[i] = sum;
    }
    return y;
  }
}

interface Rescaled {
  readonly term: number;
  readonly minusLeast: number;
  readonly greatest: number;
  readonly width: number;
}
