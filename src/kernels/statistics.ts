import { defineKernel, linearGrid } from "./define.ts";
import rowStatisticsSource from "./wgsl/row-statistics.wgsl" with { type: "text" };
import rowStatisticsTreeSource from "./wgsl/row-statistics-tree.wgsl" with { type: "text" };

export const rowStatisticsKernel = defineKernel({
  name: "row-statistics",
  bindings: { x: "read", y: "write" },
  uniforms: { rows: "u32", R: "u32", slices: "u32", L: "u32" },
  variants: {
    tree: {
      source: rowStatisticsTreeSource,
      grid: ({ rows, slices }) => linearGrid(rows * slices, 1),
      fits: ({ R }) => R >= 64,
    },
    naive: { source: rowStatisticsSource, grid: ({ rows, slices }) => linearGrid(rows * slices, 64) },
  },
});
