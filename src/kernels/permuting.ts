import { defineKernel, type Grid, linearGrid, MAX_GROUPS } from "./define.ts";
import { byFours } from "./variants.ts";
import copyStridedSource from "./wgsl/copy-strided.wgsl" with { type: "text" };
import transposeSource from "./wgsl/transpose.wgsl" with { type: "text" };
import transposeTileSource from "./wgsl/transpose-tile.wgsl" with { type: "text" };

const scalars = {
  n: "u32",
  e1: "u32",
  e2: "u32",
  e3: "u32",
  e4: "u32",
  e5: "u32",
  x0: "u32",
  x1: "u32",
  x2: "u32",
  x3: "u32",
  x4: "u32",
  x5: "u32",
  xFirst: "u32",
  y0: "u32",
  y1: "u32",
  y2: "u32",
  y3: "u32",
  y4: "u32",
  y5: "u32",
  yFirst: "u32",
} as const;

type Strides = Readonly<Record<keyof typeof scalars, number>>;

/** Four neighbours of the last axis lie side by side in both arrays, aligned. */
const denseByFours = (u: Strides) =>
  u.x5 === 1 &&
  u.y5 === 1 &&
  [u.e5, u.x0, u.x1, u.x2, u.x3, u.x4, u.xFirst, u.y0, u.y1, u.y2, u.y3, u.y4, u.yFirst].every((v) => v % 4 === 0);

export const copyStridedKernel = defineKernel({
  name: "copy-strided",
  bindings: { x: "read", y: "read_write" },
  uniforms: scalars,
  variants: byFours(copyStridedSource, denseByFours),
});

interface Matrices {
  readonly outer: number;
  readonly R: number;
  readonly C: number;
}

const squares = ({ outer, R, C }: Matrices): Grid => [Math.ceil(C / 16), Math.ceil(R / 16), outer];

export const transposeKernel = defineKernel({
  name: "transpose",
  bindings: { x: "read", y: "write" },
  uniforms: { outer: "u32", R: "u32", C: "u32" },
  variants: {
    tile: {
      source: transposeTileSource,
      grid: squares,
      fits: (u, adapter) => !adapter.software && squares(u).every((count) => count <= MAX_GROUPS),
    },
    blocks: {
      source: transposeSource,
      flags: { BLOCKS: true },
      grid: ({ outer, R, C }) => linearGrid((outer * R * C) / 16, 64),
      fits: ({ R, C }) => R % 4 === 0 && C % 4 === 0,
    },
    naive: {
      source: transposeSource,
      flags: { BLOCKS: false },
      grid: ({ outer, R, C }) => linearGrid(outer * R * C, 64),
    },
  },
});
