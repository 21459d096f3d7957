import { steps } from "./convolution.ts";
import { defineKernel, linearGrid } from "./define.ts";
import gatherTapsSource from "./wgsl/gather-taps.wgsl" with { type: "text" };
import patchRowsSource from "./wgsl/patch-rows.wgsl" with { type: "text" };
import patchesSource from "./wgsl/patches.wgsl" with { type: "text" };
import productSource from "./wgsl/product.wgsl" with { type: "text" };
import productNaiveSource from "./wgsl/product-naive.wgsl" with { type: "text" };

/** Rows and columns that one invocation of the product computes. */
export const PRODUCT_TILE = 16;

const tilesOf = (extent: number) => Math.ceil(extent / PRODUCT_TILE);

export const productKernel = defineKernel({
  name: "product",
  bindings: { a: "read", b: "read", c: "read", y: "write" },
  uniforms: {
    R: "u32",
    N: "u32",
    K: "u32",
    stride: "u32",
    slices: "u32",
    firstK: "u32",
    firstRow: "u32",
    rows: "u32",
    hasBias: "u32",
  },
  variants: {
    tile: { source: productSource, grid: ({ R, N, slices }) => linearGrid(tilesOf(R) * tilesOf(N) * slices, 32) },
    naive: { source: productNaiveSource, grid: ({ R, N, slices }) => linearGrid(R * N * slices, 64) },
  },
});

const taps = {
  H: "u32",
  W: "u32",
  C: "u32",
  OH: "u32",
  OW: "u32",
  KH: "u32",
  KW: "u32",
  ...steps,
  first: "u32",
} as const;
const window = { ...taps, count: "u32", stride: "u32" } as const;

type Window = Readonly<Record<keyof typeof window, number>>;

const byFourChannels = ({ C }: Window) => C % 4 === 0;

function patches(name: string, INPUT_VJP: boolean) {
  const grid = (channels: number) => (u: Window) => linearGrid((tilesOf(u.count) * u.C * u.KH * u.KW) / channels, 32);
  return defineKernel({
    name,
    bindings: { x: "read", a: "write" },
    uniforms: window,
    variants: {
      vec4: { source: patchesSource, flags: { VEC4: true, INPUT_VJP }, grid: grid(4), fits: byFourChannels },
      naive: { source: patchesSource, flags: { VEC4: false, INPUT_VJP }, grid: grid(1) },
    },
  });
}

export const patchesKernel = patches("patches", false);
export const patchesInputVjpKernel = patches("patches-input-vjp", true);

const overVectors = ({ count, stride }: Window) => linearGrid(count * stride, 64);

export const patchRowsKernel = defineKernel({
  name: "patch-rows",
  bindings: { x: "read", a: "write" },
  uniforms: window,
  variants: {
    vec4: { source: patchRowsSource, flags: { VEC4: true }, grid: overVectors, fits: byFourChannels },
    naive: { source: patchRowsSource, flags: { VEC4: false }, grid: overVectors },
  },
});

type Gathered = Readonly<Record<"N" | "H" | "W" | "C", number>>;

const overPixels =
  (channels: number) =>
  ({ N, H, W, C }: Gathered) =>
    linearGrid((N * H * W * C) / channels, 64);

export const gatherTapsKernel = defineKernel({
  name: "gather-taps",
  bindings: { t: "read", dx: "write" },
  uniforms: { N: "u32", ...taps, columns: "u32" },
  variants: {
    vec4: {
      source: gatherTapsSource,
      flags: { VEC4: true },
      grid: overPixels(4),
      fits: ({ C }: Gathered) => C % 4 === 0,
    },
    naive: { source: gatherTapsSource, flags: { VEC4: false }, grid: overPixels(1) },
  },
});
