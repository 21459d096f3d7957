import { type AdapterTraits, defineKernel, type Grid, linearGrid } from "./define.ts";
import rescaledTermsSource from "./wgsl/rescaled-terms.wgsl" with { type: "text" };
import rescaledTermsTreeSource from "./wgsl/rescaled-terms-tree.wgsl" with { type: "text" };
import termRangeSource from "./wgsl/term-range.wgsl" with { type: "text" };
import termRangeTreeSource from "./wgsl/term-range-tree.wgsl" with { type: "text" };

const sixteenChannels = ({ outer, C }: { outer: number; C: number }): Grid => linearGrid(outer * C, 16);
const sixteenPositions = ({ outer, R }: { outer: number; R: number }): Grid => linearGrid(outer * Math.ceil(R / 16), 1);
const byFours = (...extents: readonly number[]) => extents.every((extent) => extent % 4 === 0);

/** 16 lanes to a channel pay where a column is long. On a CPU that plays GPU a barrier costs as much as many loads: 7 x 7
 * positions of 2,048 channels take 0.75 ms by one lane to a channel and 1.6 ms by 16 (lavapipe), 112 x 112 of 64 channels
 * 3.3 and 1.7 ms. */
const longEnough = ({ R }: { R: number }, { software }: AdapterTraits) => R >= (software ? 1024 : 64);

export const termRangeKernel = defineKernel({
  name: "term-range",
  bindings: { x: "read", b: "read", y: "write" },
  uniforms: { outer: "u32", R: "u32", C: "u32", B: "u32" },
  variants: {
    tree4: {
      source: termRangeTreeSource,
      flags: { VEC4: true },
      grid: sixteenChannels,
      fits: (u, adapter) => longEnough(u, adapter) && byFours(u.C, u.B),
    },
    tree: { source: termRangeTreeSource, flags: { VEC4: false }, grid: sixteenChannels, fits: longEnough },
    naive: { source: termRangeSource, grid: ({ outer, C }) => linearGrid(outer * C, 64) },
  },
});

export const rescaledTermsKernel = defineKernel({
  name: "rescaled-terms",
  bindings: { x: "read", b: "read", range: "read", before: "read", y: "write" },
  uniforms: { outer: "u32", R: "u32", C: "u32", B: "u32", S: "u32", epsilon: "f32", hasBefore: "u32" },
  variants: {
    tree4: {
      source: rescaledTermsTreeSource,
      flags: { VEC4: true },
      grid: sixteenPositions,
      fits: ({ C, B, S }) => C >= 16 && byFours(C, B, S),
    },
    tree: { source: rescaledTermsTreeSource, flags: { VEC4: false }, grid: sixteenPositions, fits: ({ C }) => C >= 16 },
    naive: { source: rescaledTermsSource, grid: ({ outer, R }) => linearGrid(outer * R, 64) },
  },
});
