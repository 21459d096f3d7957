import { defineKernel } from "./define.ts";
import { overElements } from "./variants.ts";
import accumulateSource from "./wgsl/accumulate.wgsl" with { type: "text" };
import adamSource from "./wgsl/adam.wgsl" with { type: "text" };
import rmsPropSource from "./wgsl/rms-prop.wgsl" with { type: "text" };
import sgdSource from "./wgsl/sgd.wgsl" with { type: "text" };
import sumOfSquaresSource from "./wgsl/sum-of-squares.wgsl" with { type: "text" };
import sumOfSquaresTreeSource from "./wgsl/sum-of-squares-tree.wgsl" with { type: "text" };

const bindings = { dw: "read", squares: "read", w: "read_write", slots: "read_write" } as const;
const uniforms = { n: "u32", rate: "f32", decay: "f32", clip: "f32" } as const;

export const sgdKernel = defineKernel({
  name: "sgd",
  bindings,
  uniforms: { ...uniforms, momentum: "f32", nesterov: "u32" },
  variants: overElements(sgdSource),
});

export const adamKernel = defineKernel({
  name: "adam",
  bindings,
  uniforms: { ...uniforms, gain1: "f32", gain2: "f32", epsilon: "f32" },
  variants: overElements(adamSource),
});

export const rmsPropKernel = defineKernel({
  name: "rms-prop",
  bindings,
  uniforms: { ...uniforms, rho: "f32", gain: "f32", momentum: "f32", epsilon: "f32", centered: "u32" },
  variants: overElements(rmsPropSource),
});

export const accumulateKernel = defineKernel({
  name: "accumulate",
  bindings: { x: "read", sum: "read_write" },
  uniforms: { n: "u32", weight: "f32", first: "u32" },
  variants: overElements(accumulateSource),
});

export const sumOfSquaresKernel = defineKernel({
  name: "sum-of-squares",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32", parts: "u32", at: "u32" },
  variants: {
    tree: {
      source: sumOfSquaresTreeSource,
      grid: ({ parts }) => [parts, 1, 1],
      fits: ({ n }) => n % 4 === 0,
    },
    naive: { source: sumOfSquaresSource, grid: ({ parts }) => [Math.ceil(parts / 64), 1, 1] },
  },
});
