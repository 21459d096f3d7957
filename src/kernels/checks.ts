import { defineKernel, linearGrid } from "./define.ts";
import loopCanarySource from "./wgsl/loop-canary.wgsl" with { type: "text" };
import nonFiniteSource from "./wgsl/non-finite.wgsl" with { type: "text" };

export const loopCanary = defineKernel({
  name: "loop-canary",
  bindings: { y: "read_write" },
  uniforms: { count: "u32" },
  variants: { naive: { source: loopCanarySource, grid: () => [1, 1, 1] } },
});

export const nonFinite = defineKernel({
  name: "non-finite",
  bindings: { x: "read", flag: "read_write" },
  uniforms: { n: "u32", mark: "u32" },
  variants: { naive: { source: nonFiniteSource, grid: ({ n }) => linearGrid(n, 64) } },
});
