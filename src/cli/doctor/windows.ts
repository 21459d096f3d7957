import { at, fill, largest, linear, pick, products, type Scalar, type Scalars } from "./scalar.ts";

/** A window that slides over a picture, with its padding written out. */
export interface Sliding {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** [[top, bottom], [left, right]] */
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
}

interface Position {
  readonly h: number;
  readonly v: number;
  readonly ky: number;
  readonly kx: number;
}

/** Calls `item` for each element of [n, oh, ow, channels] with the pixels under its window, padding included. */
function slide(
  x: Scalars,
  { size, channels, ...o }: Sliding & { size: readonly [number, number]; channels: number },
  item: (n: number, channel: number, positions: readonly Position[]) => Scalar,
): Scalar[] {
  const [N = 0, H = 0, W = 0] = x.shape;
  const [KH, KW] = size;
  const counts = [H, W].map((extent, axis) => {
    const [before = 0, after = 0] = o.padding[axis] ?? [];
    const reach = ((size[axis] ?? 1) - 1) * (o.dilation[axis] ?? 1) + 1;
    return Math.floor((extent + before + after - reach) / (o.stride[axis] ?? 1)) + 1;
  });
  return fill([N, ...counts, channels], (n = 0, i = 0, j = 0, channel = 0) => {
    const positions = fill([KH, KW], (ky = 0, kx = 0): Position => {
      const h = i * o.stride[0] - o.padding[0][0] + ky * o.dilation[0];
      const v = j * o.stride[1] - o.padding[1][0] + kx * o.dilation[1];
      return { h, v, ky, kx };
    });
    return item(n, channel, positions);
  });
}

/** Convolution in `groups` groups. */
export function convolution(
  { x, w, b }: { x: Scalars; w: Scalars; b?: Scalars },
  sliding: Sliding & { groups: number },
): Scalar[] {
  const [KH = 1, KW = 1, depth = 1, OC = 1] = w.shape;
  return slide(x, { ...sliding, size: [KH, KW], channels: OC }, (n, k, positions) => {
    const first = Math.floor(k / (OC / sliding.groups)) * depth;
    const pairs = positions.flatMap(({ h, v, ky, kx }) =>
      Array.from({ length: depth }, (_, c) => [at(x, n, h, v, first + c), pick(w, ky, kx, c, k)] as const),
    );
    return products(inside(pairs), b && pick(b, k));
  });
}

/** Depthwise convolution: channel c has the filters w[.., c, m]. */
export function depthwise({ x, w, b }: { x: Scalars; w: Scalars; b?: Scalars }, sliding: Sliding): Scalar[] {
  const [KH = 1, KW = 1, C = 1, M = 1] = w.shape;
  return slide(x, { ...sliding, size: [KH, KW], channels: C * M }, (n, k, positions) => {
    const c = Math.floor(k / M);
    const pairs = positions.map(({ h, v, ky, kx }) => [at(x, n, h, v, c), pick(w, ky, kx, c, k % M)] as const);
    return products(inside(pairs), b && pick(b, k));
  });
}

function inside(pairs: readonly (readonly [Scalar | undefined, Scalar])[]): [Scalar, Scalar][] {
  return pairs.flatMap(([a, b]) => (a ? [[a, b] as [Scalar, Scalar]] : []));
}

/** Largest value, or mean, of each window over the pixels that lie in the picture. */
export function pooling(x: Scalars, sliding: Sliding & { size: readonly [number, number]; max: boolean }): Scalar[] {
  return slide(x, { ...sliding, channels: x.shape[3] ?? 1 }, (n, c, positions) => {
    const seen = positions.flatMap(({ h, v }) => at(x, n, h, v, c) ?? []);
    return sliding.max ? largest(seen) : linear(seen.map((item) => [item, 1 / seen.length]));
  });
}

export type Resizing = "half-pixel" | "align-corners" | "nearest";

/** Bilinear or nearest resizing. */
export function resizing(x: Scalars, size: readonly [number, number], method: Resizing): Scalar[] {
  const [N = 0, H = 0, W = 0, C = 0] = x.shape;
  return fill([N, ...size, C], (n = 0, i = 0, j = 0, c = 0) => {
    const rows = taps(i, { from: H, to: size[0], method });
    const columns = taps(j, { from: W, to: size[1], method });
    return linear(rows.flatMap(([h, a]) => columns.map(([v, b]) => [pick(x, n, h, v, c), a * b] as const)));
  });
}

/** Which indices an output index looks at, and how much of each. */
function taps(o: number, { from, to, method }: { from: number; to: number; method: Resizing }): [number, number][] {
  if (method === "nearest") return [[Math.min(Math.floor(((o + 0.5) * from) / to), from - 1), 1]];
  const free = method === "align-corners" ? (o * (from - 1)) / Math.max(1, to - 1) : ((o + 0.5) * from) / to - 0.5;
  const position = Math.min(Math.max(free, 0), from - 1);
  const first = Math.floor(position);
  const share = position - first;
  return share === 0
    ? [[first, 1]]
    : [
        [first, 1 - share],
        [first + 1, share],
      ];
}
