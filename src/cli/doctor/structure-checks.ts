// Checks of the operations that move axes, normalise groups, multiply matrices or convolve backwards.
import {
  channelAffine,
  conv2dTranspose,
  crop2d,
  groupNorm,
  layerNorm,
  matmul,
  permute,
  rmsNorm,
  slice,
  type Tensor,
  unitNorm,
} from "../../index.ts";
import { type Check, check } from "./check.ts";
import { fill, linear, pick, products, type Scalar, type Scalars, scalar } from "./scalar.ts";

/** Axes that change places, by the transpose kernel and by the one for any order. */
function permutes(shape: readonly number[], order: readonly number[]): Check {
  return check({
    what: `permute of [${shape}] to the order [${order}]`,
    inputs: { x: shape },
    run: ({ x }) => permute(x, order),
    known: ({ x }) =>
      fill(
        order.map((axis) => shape[axis] ?? 1),
        (...index) => same(pick(x, ...shape.map((_, axis) => index[order.indexOf(axis)] ?? 0))),
      ),
  });
}

function slices(C: number): Check[] {
  const shape = [3, 6, 5, C];
  return [
    check({
      what: `slice of ${C} channels`,
      inputs: { x: shape },
      run: ({ x }) => slice(x, { begin: [1, 1, 0, 0], end: [3, 6, 5, C], steps: [1, 2, 3, 1] }),
      known: ({ x }) => fill([2, 3, 2, C], (n = 0, h = 0, v = 0, c = 0) => same(pick(x, n + 1, 2 * h + 1, 3 * v, c))),
    }),
    check({
      what: `crop2d of ${C} channels`,
      inputs: { x: shape },
      run: ({ x }) =>
        crop2d(x, [
          [1, 2],
          [0, 1],
        ]),
      known: ({ x }) => fill([3, 3, 4, C], (n = 0, h = 0, v = 0, c = 0) => same(pick(x, n, h + 1, v, c))),
    }),
  ];
}

function same(x: Scalar): Scalar {
  return linear([[x, 1]]);
}

/** y = (x - mean) * factor * gamma + beta within each group of elements. */
interface Grouping {
  readonly kind: "centred" | "squares" | "length";
  readonly epsilon: number;
  /** Indices of the elements of each group. */
  readonly groups: readonly (readonly number[])[];
}

export function normalised(
  s: { x: Scalars; gamma?: Scalars; beta?: Scalars },
  { kind, epsilon, groups }: Grouping,
): Scalar[] {
  const y: Scalar[] = [];
  for (const group of groups) {
    const xs = group.map((i) => pick({ shape: [s.x.items.length], items: s.x.items }, i));
    const mean = kind === "centred" ? xs.reduce((sum, { value }) => sum + value, 0) / xs.length : 0;
    const squares = xs.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
    const count = kind === "length" ? 1 : xs.length;
    const factor = 1 / Math.sqrt(squares / count + (kind === "length" ? 0 : epsilon));
    const unit = xs.map(({ value }) => (value - mean) * factor);
    group.forEach((at, i) => {
      const own = unit[i] ?? 0;
      // d unit_i / d x_j = factor ([i = j] - [a mean was subtracted] / count - unit_i unit_j / count)
      const all = xs.map((x, j): [Scalar, number] => {
        const shared = (kind === "centred" ? 1 : 0) + own * (unit[j] ?? 0);
        return [x, factor * (Number(i === j) - shared / count)];
      });
      y[at] = withParameters(scalar(own, all), at, s);
    });
  }
  return y;
}

/** gamma x + beta along the last axes, where they are given. */
function withParameters(x: Scalar, at: number, { gamma, beta }: { gamma?: Scalars; beta?: Scalars }): Scalar {
  if (!gamma) return x;
  const bias = beta && pick({ shape: [beta.items.length], items: beta.items }, at % beta.items.length);
  return products([[x, pick({ shape: [gamma.items.length], items: gamma.items }, at % gamma.items.length)]], bias);
}

/** Groups of `size` neighbours each. */
function neighbours(count: number, size: number): number[][] {
  return fill([count / size], (g = 0) => fill([size], (i = 0) => g * size + i));
}

function rowNorms(shape: readonly number[]): Check[] {
  const C = shape.at(-1) ?? 1;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const groups = neighbours(count, C);
  return [
    check({
      what: `layerNorm of ${C} channels`,
      inputs: { x: shape, gamma: [C], beta: [C] },
      run: ({ x, ...p }) => layerNorm(x, p, { epsilon: 0.01 }),
      known: (s) => normalised(s, { kind: "centred", epsilon: 0.01, groups }),
    }),
    check({
      what: `rmsNorm of ${C} channels`,
      inputs: { x: shape, gamma: [C] },
      run: ({ x, gamma }) => rmsNorm(x, gamma, { epsilon: 0.01 }),
      known: (s) => normalised(s, { kind: "squares", epsilon: 0.01, groups }),
    }),
    check({
      what: `unitNorm of ${C} channels`,
      inputs: { x: shape },
      run: ({ x }) => unitNorm(x),
      known: (s) => normalised(s, { kind: "length", epsilon: 0, groups }),
    }),
  ];
}

function groupNorms(pixels: number, C: number): Check {
  const [N, groups] = [2, 2];
  const K = C / groups;
  return check({
    what: `groupNorm of ${pixels} pixels of ${C} channels`,
    inputs: { x: [N, pixels, C], gamma: [C], beta: [C] },
    run: ({ x, ...p }) => groupNorm(x, p, { groups, epsilon: 0.01 }),
    known: (s) =>
      normalised(s, {
        kind: "centred",
        epsilon: 0.01,
        groups: fill([N, groups], (n = 0, g = 0) =>
          fill([pixels, K], (pixel = 0, k = 0) => (n * pixels + pixel) * C + g * K + k),
        ),
      }),
  });
}

interface Product {
  readonly M: number;
  readonly K: number;
  readonly N: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

function matmuls({ M, K, N, transposeA = false, transposeB = false }: Product): Check {
  const turn = (turned: boolean, rows: number, columns: number) => (turned ? [2, columns, rows] : [2, rows, columns]);
  const element = (array: Scalars, turned: boolean, [n, i, j]: [number, number, number]) =>
    turned ? pick(array, n, j, i) : pick(array, n, i, j);
  return check({
    what: `matmul of [${M}, ${K}]${transposeA ? " transposed" : ""} and [${K}, ${N}]${transposeB ? " transposed" : ""}`,
    inputs: { a: turn(transposeA, M, K), b: turn(transposeB, K, N) },
    run: ({ a, b }) => matmul(a, b, { transposeA, transposeB }),
    known: ({ a, b }) =>
      fill([2, M, N], (n = 0, i = 0, j = 0) =>
        products(fill([K], (k = 0) => [element(a, transposeA, [n, i, k]), element(b, transposeB, [n, k, j])] as const)),
      ),
  });
}

/** Every input pixel stamps the filters, scaled by its channels, into the output. */
function convTransposes(C: number, OC: number): Check {
  const [N, H, W, KH, KW] = [2, 3, 2, 3, 2];
  const stride = [2, 1] as const;
  const [OH, OW] = [(H - 1) * stride[0] + KH, (W - 1) * stride[1] + KW];
  return check({
    what: `conv2dTranspose of ${C} into ${OC} channels`,
    inputs: { x: [N, H, W, C], w: [KH, KW, OC, C], b: [OC] },
    run: ({ x, w, b }) => conv2dTranspose(x, w, b, { stride }),
    known: ({ x, w, b }) =>
      fill([N, OH, OW, OC], (n = 0, oh = 0, ow = 0, o = 0) => {
        const terms: [Scalar, Scalar][] = [];
        for (let h = 0; h < H; h++)
          for (let v = 0; v < W; v++) {
            const [ky, kx] = [oh - h * stride[0], ow - v * stride[1]];
            if (ky < 0 || ky >= KH || kx < 0 || kx >= KW) continue;
            for (let c = 0; c < C; c++) terms.push([pick(x, n, h, v, c), pick(w, ky, kx, o, c)]);
          }
        return products(terms, pick(b, o));
      }),
  });
}

function affines(C: number): Check {
  const numbers = {
    center: fill([C], (c = 0) => c / 4),
    factor: fill([C], (c = 0) => 1.5 - c),
    offset: fill([C], (c = 0) => c / 8 - 1),
  };
  return check({
    what: `channelAffine of ${C} channels`,
    inputs: { x: [5, C] },
    run: ({ x }): Tensor => channelAffine(x, numbers),
    known: ({ x }) =>
      x.items.map((item, i) => {
        const [center = 0, factor = 1, offset = 0] = [numbers.center, numbers.factor, numbers.offset].map(
          (list) => list[i % C],
        );
        return linear([[item, factor]], offset - center * factor);
      }),
  });
}

export const structureChecks: readonly Check[] = [
  permutes([2, 3, 5, 4], [0, 3, 1, 2]),
  permutes([2, 4, 8, 12], [0, 3, 1, 2]),
  permutes([3, 5, 7], [2, 1, 0]),
  permutes([3, 5, 2, 4], [2, 1, 0, 3]),
  ...slices(4),
  ...slices(3),
  ...rowNorms([2, 3, 4]),
  ...rowNorms([3, 5]),
  ...rowNorms([2, 68]),
  groupNorms(9, 16),
  groupNorms(5, 6),
  matmuls({ M: 3, K: 5, N: 8 }),
  matmuls({ M: 5, K: 3, N: 7, transposeA: true }),
  matmuls({ M: 4, K: 6, N: 4, transposeB: true }),
  convTransposes(4, 8),
  convTransposes(3, 5),
  affines(4),
  affines(3),
];
