import { type Array64, accumulate, at, extent, type Reference, sumsOfProducts, zeros } from "./array.ts";

export interface MatmulInputs {
  /** [n, m, k], or [n, k, m] transposed */
  readonly a: Array64;
  /** [n, k, c], or [n, c, k] transposed */
  readonly b: Array64;
}

interface Turned {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** A product of matrices for each row of the batch. */
export function matrixProducts({ transposeA = false, transposeB = false }: Turned): Reference<MatmulInputs> {
  const sizes = ({ a, b }: MatmulInputs) => ({
    n: extent(a, 0),
    m: extent(a, transposeA ? 2 : 1),
    k: extent(a, transposeA ? 1 : 2),
    c: extent(b, transposeB ? 1 : 2),
  });
  const visit = (inputs: MatmulInputs, product: (yi: number, ai: number, bi: number) => void) => {
    const { n, m, k, c } = sizes(inputs);
    for (let batch = 0; batch < n; batch++)
      for (let row = 0; row < m; row++)
        for (let column = 0; column < c; column++)
          for (let i = 0; i < k; i++) {
            const ai = batch * m * k + (transposeA ? i * m + row : row * k + i);
            const bi = batch * k * c + (transposeB ? column * k + i : i * c + column);
            product((batch * m + row) * c + column, ai, bi);
          }
  };
  return sumsOfProducts({
    forward: (inputs) => {
      const { n, m, c } = sizes(inputs);
      const y = zeros([n, m, c]);
      visit(inputs, (yi, ai, bi) => accumulate(y.data, yi, at(inputs.a.data, ai) * at(inputs.b.data, bi)));
      return y;
    },
    vjp: (inputs, dy) => {
      const [a, b] = [zeros(inputs.a.shape).data, zeros(inputs.b.shape).data];
      visit(inputs, (yi, ai, bi) => {
        accumulate(a, ai, at(dy.data, yi) * at(inputs.b.data, bi));
        accumulate(b, bi, at(dy.data, yi) * at(inputs.a.data, ai));
      });
      return { a, b };
    },
  });
}
