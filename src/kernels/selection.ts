import { defineKernel, linearGrid } from "./define.ts";
import quantileSource from "./wgsl/quantile.wgsl" with { type: "text" };
import quantileTreeSource from "./wgsl/quantile-tree.wgsl" with { type: "text" };

export const quantileKernel = defineKernel({
  name: "quantile",
  bindings: { x: "read", y: "write" },
  uniforms: { rows: "u32", R: "u32", rank: "u32" },
  variants: {
    tree: { source: quantileTreeSource, grid: ({ rows }) => linearGrid(rows, 1), fits: ({ R }) => R >= 64 },
    naive: { source: quantileSource, grid: ({ rows }) => linearGrid(rows, 64) },
  },
});
