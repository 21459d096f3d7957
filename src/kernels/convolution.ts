import { type AdapterTraits, defineKernel, type Grid, linearGrid } from "./define.ts";
import { byFours } from "./variants.ts";
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
/** How a window goes over a picture, and from where. */
export const steps = { SH: "u32", SW: "u32", DH: "u32", DW: "u32", top: "i32", left: "i32" } as const;
const geometry = { ...extents, ...steps, G: "u32" } as const;

/** Scalars that describe a convolution to its kernels. */
export type ConvGeometry = Readonly<Record<keyof typeof geometry, number>>;

type Choice = (u: ConvGeometry, adapter: AdapterTraits) => boolean;

/** Whether a tile variant computes these shapes (the tiles know no groups), and is the choice for them. */
function tileFits(VEC4: boolean, choose: Choice): Choice {
  return (u, adapter) => u.G === 1 && (!VEC4 || (u.C % 4 === 0 && u.OC % 4 === 0)) && choose(u, adapter);
}

/** Invocations of a workgroup: side by side over channels, and over pixels. */
interface Lanes {
  readonly x: number;
  readonly y: number;
}

/** What one invocation computes; see conv2d-tile.wgsl. */
const TILE = { pixels: 8, channels: 16 };

function forwardGrid(lanes: Lanes) {
  return ({ N, OH, OW, OC }: ConvGeometry): Grid => {
    const [y, fold] = linearGrid(N * OH * OW, TILE.pixels * lanes.y);
    return [Math.ceil(OC / (TILE.channels * lanes.x)), y, fold];
  };
}

/** group.z is the phase of the stride; the largest phase decides how many pixels are covered. */
function inputVjpGrid(lanes: Lanes) {
  return ({ N, H, W, C, SH, SW }: ConvGeometry): Grid => {
    const [y, fold] = linearGrid(N * Math.ceil(H / SH) * Math.ceil(W / SW), TILE.pixels * lanes.y);
    return [Math.ceil(C / (TILE.channels * lanes.x)), y, SH * SW * fold];
  };
}

/** Tile variants, widest first. Eight lanes share pixels where there are channels enough for them; few channels take
 * narrow tiles, so that lanes do not idle. A GPU wants 64 lanes to a workgroup, a CPU that plays GPU its SIMD width. */
function tiles(INPUT_VJP: boolean) {
  const grid = INPUT_VJP ? inputVjpGrid : forwardGrid;
  const results = (u: ConvGeometry) => (INPUT_VJP ? u.C : u.OC);
  const make = (VEC4: boolean, lanes: Lanes, choose: Choice) => ({
    source: tileSource,
    flags: { INPUT_VJP, VEC4 },
    params: { LANES_X: lanes.x, LANES_Y: lanes.y },
    grid: grid(lanes),
    fits: tileFits(VEC4, choose),
  });
  return {
    gpu: make(true, { x: 8, y: 8 }, (u, adapter) => !adapter.software && results(u) >= 128),
    gpuNarrow: make(true, { x: 4, y: 16 }, (_u, adapter) => !adapter.software),
    wide: make(true, { x: 8, y: 1 }, (u) => results(u) >= 128),
    narrow: make(true, { x: 4, y: 2 }, (u) => results(u) > 16),
    slim: make(true, { x: 1, y: 8 }, () => true),
    ragged: make(false, { x: 1, y: 8 }, () => true),
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
  uniforms: geometry,
  variants: {
    ...tiles(true),
    naive: { source: inputVjpSource, grid: ({ N, H, W, C }) => linearGrid(N * H * W * C, 64) },
  },
});

function filterTile(VEC4: boolean, lanes: Lanes, choose: Choice) {
  return {
    source: filterVjpTileSource,
    flags: { VEC4 },
    params: { LANES_X: lanes.x, LANES_Y: lanes.y },
    grid: ({ KH, KW, C, OC, slices }: ConvGeometry & { readonly slices: number }): Grid => [
      Math.ceil(OC / (16 * lanes.x)),
      Math.ceil(C / (8 * lanes.y)),
      KH * KW * slices,
    ],
    fits: tileFits(VEC4, choose),
  };
}

export const conv2dFilterVjpKernel = defineKernel({
  name: "conv2d-filter-vjp",
  bindings: { x: "read", dy: "read", dw: "write" },
  uniforms: { ...geometry, slices: "u32" },
  variants: {
    gpu: filterTile(true, { x: 4, y: 16 }, (_u, adapter) => !adapter.software),
    wide: filterTile(true, { x: 8, y: 1 }, ({ OC }) => OC >= 128),
    narrow: filterTile(true, { x: 4, y: 2 }, () => true),
    ragged: filterTile(false, { x: 4, y: 2 }, () => true),
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

/** Four neighbouring channels have neighbouring outputs only if there is one filter to a channel. */
const channelsByFours = ({ C, M }: { C: number; M: number }) => M === 1 && C % 4 === 0;

export const depthwiseKernel = defineKernel({
  name: "depthwise",
  bindings: { x: "read", w: "read", b: "read", y: "write" },
  uniforms: { ...depthwiseGeometry, hasBias: "u32" },
  variants: byFours(depthwiseSource, channelsByFours),
});

export const depthwiseInputVjpKernel = defineKernel({
  name: "depthwise-input-vjp",
  bindings: { dy: "read", w: "read", dx: "write" },
  uniforms: depthwiseGeometry,
  variants: byFours(depthwiseInputVjpSource, channelsByFours),
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
      fits: channelsByFours,
    },
    naive: { source: depthwiseFilterVjpSource, flags: { VEC4: false }, grid: sliced(1) },
  },
});
