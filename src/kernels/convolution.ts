import { type AdapterTraits, defineKernel, type Grid, linearGrid } from "./define.ts";
import conv2dSource from "./wgsl/conv2d.wgsl" with { type: "text" };
import filterVjpSource from "./wgsl/conv2d-filter-vjp.wgsl" with { type: "text" };
import filterVjpTileSource from "./wgsl/conv2d-filter-vjp-tile.wgsl" with { type: "text" };
import inputVjpSource from "./wgsl/conv2d-input-vjp.wgsl" with { type: "text" };
import tileSource from "./wgsl/conv2d-tile.wgsl" with { type: "text" };
import depthwiseSource from "./wgsl/depthwise.wgsl" with { type: "text" };
import depthwiseFilterVjpSource from "./wgsl/depthwise-filter-vjp.wgsl" with { type: "text" };
import depthwiseInputVjpSource from "./wgsl/depthwise-input-vjp.wgsl" with { type: "text" };

const extents = {
  N: "u32",
  H: "u32",
  W: "u32",
  C: "u32",
  OH: "u32",
  OW: "u32",
  OC: "u32",
  KH: "u32",
  KW: "u32",
} as const;
const steps = { SH: "u32", SW: "u32", DH: "u32", DW: "u32", top: "i32", left: "i32" } as const;
const geometry = { ...extents, ...steps, G: "u32" } as const;

/** Scalars that describe a convolution to its kernels. */
export type ConvGeometry = Readonly<Record<keyof typeof geometry, number>>;

const isVec4 = ({ C, OC }: ConvGeometry) => C % 4 === 0 && OC % 4 === 0;

interface TileSize {
  readonly lanesX: number;
  readonly lanesY: number;
  readonly pixels: number;
}

function forwardGrid({ lanesX, lanesY, pixels }: TileSize) {
  return ({ N, OH, OW, OC }: ConvGeometry): Grid => {
    const [y, fold] = linearGrid(N * OH * OW, pixels * lanesY);
    return [Math.ceil(OC / (16 * lanesX)), y, fold];
  };
}

/** group.z is the phase of the stride; the largest phase decides how many pixels are covered. */
function inputVjpGrid({ lanesX, lanesY, pixels }: TileSize) {
  return ({ N, H, W, C, SH, SW }: ConvGeometry): Grid => {
    const [y, fold] = linearGrid(N * Math.ceil(H / SH) * Math.ceil(W / SW), pixels * lanesY);
    return [Math.ceil(C / (16 * lanesX)), y, SH * SW * fold];
  };
}

/** Tile variants, widest first. Eight lanes share pixels where there are channels enough for them; few channels take
 * narrow tiles, so that lanes do not idle. A GPU wants 64 lanes to a workgroup, a CPU that plays GPU wants its SIMD width.
 * SwiftShader takes minutes to compile the tall tile; lavapipe gains a third by it. */
function tiles(INPUT_VJP: boolean) {
  const grid = INPUT_VJP ? inputVjpGrid : forwardGrid;
  const results = (u: ConvGeometry) => (INPUT_VJP ? u.C : u.OC);
  const make = (VEC4: boolean, size: TileSize, choose: (u: ConvGeometry, adapter: AdapterTraits) => boolean) => ({
    source: tileSource,
    flags: { INPUT_VJP, VEC4, TALL: size.pixels === 16 },
    params: { LANES_X: size.lanesX, LANES_Y: size.lanesY },
    grid: grid(size),
    fits: (u: ConvGeometry, adapter: AdapterTraits) => u.G === 1 && (!VEC4 || isVec4(u)) && choose(u, adapter),
  });
  return {
    gpu: make(true, { lanesX: 8, lanesY: 8, pixels: 8 }, (u, adapter) => !adapter.software && results(u) >= 128),
    gpuNarrow: make(true, { lanesX: 4, lanesY: 16, pixels: 8 }, (_u, adapter) => !adapter.software),
    wide: make(true, { lanesX: 8, lanesY: 1, pixels: 8 }, (u) => results(u) >= 128),
    narrow: make(true, { lanesX: 4, lanesY: 2, pixels: 8 }, (u) => results(u) > 16),
    slim: make(true, { lanesX: 1, lanesY: 8, pixels: 8 }, () => true),
    ragged: make(false, { lanesX: 1, lanesY: 8, pixels: 8 }, () => true),
  };
}

export const conv2dKernel = defineKernel({
  name: "conv2d",
  bindings: { x: "read", w: "read", b: "read", y: "write" },
  uniforms: { ...geometry, hasBias: "u32" },
  variants: {
    ...tiles(false),
    naive: { source: conv2dSource, grid: ({ N, OH, OW, OC }) => linearGrid(N * OH * OW * OC, 64) },
  },
});

export const conv2dInputVjpKernel = defineKernel({
  name: "conv2d-input-vjp",
  bindings: { dy: "read", w: "read", dx: "write" },
  uniforms: { ...geometry, hasBias: "u32" },
  variants: {
    ...tiles(true),
    naive: { source: inputVjpSource, grid: ({ N, H, W, C }) => linearGrid(N * H * W * C, 64) },
  },
});

function filterTile(
  VEC4: boolean,
  lanesX: number,
  lanesY: number,
  choose: (u: ConvGeometry, adapter: AdapterTraits) => boolean,
) {
  return {
    source: filterVjpTileSource,
    flags: { VEC4 },
    params: { LANES_X: lanesX, LANES_Y: lanesY },
    grid: ({ KH, KW, C, OC, slices }: ConvGeometry & { readonly slices: number }): Grid => [
      Math.ceil(OC / (16 * lanesX)),
      Math.ceil(C / (8 * lanesY)),
      KH * KW * slices,
    ],
    fits: (u: ConvGeometry, adapter: AdapterTraits) => u.G === 1 && (!VEC4 || isVec4(u)) && choose(u, adapter),
  };
}

export const conv2dFilterVjpKernel = defineKernel({
  name: "conv2d-filter-vjp",
  bindings: { x: "read", dy: "read", dw: "write" },
  uniforms: { ...geometry, slices: "u32" },
  variants: {
    gpu: filterTile(true, 4, 16, (_u, adapter) => !adapter.software),
    wide: filterTile(true, 8, 1, ({ OC }) => OC >= 128),
    narrow: filterTile(true, 4, 2, () => true),
    ragged: filterTile(false, 4, 2, () => true),
    naive: {
      source: filterVjpSource,
      grid: ({ KH, KW, C, OC, G, slices }) => {
        const [x, fold] = linearGrid((KH * KW * C * OC) / G, 64);
        return [x, slices, fold];
      },
    },
  },
});

const depthwiseGeometry = {
  n: "u32",
  N: "u32",
  H: "u32",
  W: "u32",
  C: "u32",
  M: "u32",
  OH: "u32",
  OW: "u32",
  KH: "u32",
  KW: "u32",
  ...steps,
} as const;

function overChannels(source: string) {
  return {
    vec4: {
      source,
      flags: { VEC4: true },
      grid: ({ n }: { n: number }): Grid => linearGrid(n / 4, 64),
      fits: ({ C, M }: { C: number; M: number }) => M === 1 && C % 4 === 0,
    },
    naive: { source, flags: { VEC4: false }, grid: ({ n }: { n: number }): Grid => linearGrid(n, 64) },
  };
}

export const depthwiseKernel = defineKernel({
  name: "depthwise",
  bindings: { x: "read", w: "read", b: "read", y: "write" },
  uniforms: { ...depthwiseGeometry, hasBias: "u32" },
  variants: overChannels(depthwiseSource),
});

export const depthwiseInputVjpKernel = defineKernel({
  name: "depthwise-input-vjp",
  bindings: { dy: "read", w: "read", dx: "write" },
  uniforms: { ...depthwiseGeometry, hasBias: "u32" },
  variants: overChannels(depthwiseInputVjpSource),
});

const sliced =
  (perInvocation: number) =>
  (u: { n: number; slices: number }): Grid => [Math.ceil(u.n / perInvocation / 64), u.slices, 1];

export const depthwiseFilterVjpKernel = defineKernel({
  name: "depthwise-filter-vjp",
  bindings: { x: "read", dy: "read", dw: "write" },
  uniforms: { ...depthwiseGeometry, slices: "u32" },
  variants: {
    vec4: {
      source: depthwiseFilterVjpSource,
      flags: { VEC4: true },
      grid: sliced(4),
      fits: ({ C, M }) => M === 1 && C % 4 === 0,
    },
    naive: { source: depthwiseFilterVjpSource, flags: { VEC4: false }, grid: sliced(1) },
  },
});
