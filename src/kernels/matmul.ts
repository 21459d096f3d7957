import { defineKernel, linearGrid } from "./define.ts";
import matmulSource from "./wgsl/matmul.wgsl" with { type: "text" };

export const matmulKernel = defineKernel({
  name: "matmul",
  bindings: { a: "read", b: "read", y: "write" },
  uniforms: { B: "u32", M: "u32", N: "u32", K: "u32", aM: "u32", aK: "u32", bK: "u32", bN: "u32" },
  variants: {
    vec4: {
      source: matmulSource,
      flags: { VEC4: true },
      grid: ({ B, M, N }) => linearGrid((B * M * N) / 4, 64),
      fits: ({ N, bN }) => N % 4 === 0 && bN === 1,
    },
    naive: { source: matmulSource, flags: { VEC4: false }, grid: ({ B, M, N }) => linearGrid(B * M * N, 64) },
  },
});
