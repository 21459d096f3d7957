import { defineKernel, type Grid, linearGrid } from "./define.ts";
import { overChannels } from "./variants.ts";
import avgPoolSource from "./wgsl/avg-pool.wgsl" with { type: "text" };
import avgPoolVjpSource from "./wgsl/avg-pool-vjp.wgsl" with { type: "text" };
import maxPoolSource from "./wgsl/max-pool.wgsl" with { type: "text" };
import maxPoolVjpSource from "./wgsl/max-pool-vjp.wgsl" with { type: "text" };
import windowsSource from "./wgsl/max-pool-vjp-windows.wgsl" with { type: "text" };

const geometry = {
  n: "u32",
  H: "u32",
  W: "u32",
  C: "u32",
  OH: "u32",
  OW: "u32",
  KH: "u32",
  KW: "u32",
  SH: "u32",
  SW: "u32",
  top: "i32",
  left: "i32",
} as const;

type Geometry = Readonly<Record<keyof typeof geometry, number>>;

/** Whether no pixel is in two windows, and the first window begins at the first pixel. */
function isApart({ KH, KW, SH, SW, top, left }: Geometry): boolean {
  return KH <= SH && KW <= SW && top === 0 && left === 0;
}

/** One invocation for so many channels of a window. */
function overWindows(channels: number) {
  return ({ n, H, W, SH, SW }: Geometry): Grid =>
    linearGrid(((n / (H * W)) * Math.ceil(H / SH) * Math.ceil(W / SW)) / channels, 64);
}

export const maxPoolKernel = defineKernel({
  name: "max-pool",
  bindings: { x: "read", y: "write" },
  uniforms: geometry,
  variants: overChannels(maxPoolSource),
});

export const maxPoolVjpKernel = defineKernel({
  name: "max-pool-vjp",
  bindings: { x: "read", y: "read", dy: "read", dx: "write" },
  uniforms: geometry,
  variants: {
    windowsVec4: {
      source: windowsSource,
      flags: { VEC4: true },
      grid: overWindows(4),
      fits: (u: Geometry) => u.C % 4 === 0 && isApart(u),
    },
    windows: { source: windowsSource, flags: { VEC4: false }, grid: overWindows(1), fits: isApart },
    ...overChannels(maxPoolVjpSource),
  },
});

export const avgPoolKernel = defineKernel({
  name: "avg-pool",
  bindings: { x: "read", y: "write" },
  uniforms: geometry,
  variants: overChannels(avgPoolSource),
});

export const avgPoolVjpKernel = defineKernel({
  name: "avg-pool-vjp",
  bindings: { dy: "read", dx: "write" },
  uniforms: geometry,
  variants: overChannels(avgPoolVjpSource),
});
