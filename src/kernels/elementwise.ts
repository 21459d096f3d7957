import { defineKernel, type Grid, linearGrid } from "./define.ts";
import batchNormSource from "./wgsl/batch-norm.wgsl" with { type: "text" };
import binarySource from "./wgsl/binary.wgsl" with { type: "text" };
import reluSource from "./wgsl/relu.wgsl" with { type: "text" };
import reluVjpSource from "./wgsl/relu-vjp.wgsl" with { type: "text" };
import scaleSource from "./wgsl/scale.wgsl" with { type: "text" };
import sigmoidSource from "./wgsl/sigmoid.wgsl" with { type: "text" };
import sigmoidVjpSource from "./wgsl/sigmoid-vjp.wgsl" with { type: "text" };

/** Four elements to an invocation. */
const quads = ({ n }: { n: number }): Grid => linearGrid(n / 4, 64);
const singles = ({ n }: { n: number }): Grid => linearGrid(n, 64);

/** The vec4 and the plain variant of a kernel over `n` elements. */
function overElements(source: string, flags: Record<string, boolean> = {}) {
  return {
    vec4: {
      source,
      flags: { ...flags, VEC4: true },
      grid: quads,
      fits: ({ n }: { n: number }) => n % 4 === 0,
    },
    naive: { source, flags: { ...flags, VEC4: false }, grid: singles },
  };
}

export const reluKernel = defineKernel({
  name: "relu",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32", most: "f32" },
  variants: overElements(reluSource),
});

function reluRule(name: string, flags: { GATE_X: boolean; GATE_DY: boolean }) {
  return defineKernel({
    name,
    bindings: { x: "read", dy: "read", dx: "write" },
    uniforms: { n: "u32", most: "f32" },
    variants: overElements(reluVjpSource, flags),
  });
}

export const reluVjpKernel = reluRule("relu-vjp", { GATE_X: true, GATE_DY: false });
export const reluDeconvnetKernel = reluRule("relu-deconvnet", { GATE_X: false, GATE_DY: true });
export const reluGuidedKernel = reluRule("relu-guided", { GATE_X: true, GATE_DY: true });

export const sigmoidKernel = defineKernel({
  name: "sigmoid",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32" },
  variants: overElements(sigmoidSource),
});

export const sigmoidVjpKernel = defineKernel({
  name: "sigmoid-vjp",
  bindings: { y: "read", dy: "read", dx: "write" },
  uniforms: { n: "u32" },
  variants: overElements(sigmoidVjpSource),
});

export const scaleKernel = defineKernel({
  name: "scale",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32", factor: "f32", offset: "f32" },
  variants: overElements(scaleSource),
});

export const batchNormKernel = defineKernel({
  name: "batch-norm",
  bindings: { x: "read", gamma: "read", beta: "read", mean: "read", variance: "read", y: "write" },
  uniforms: { n: "u32", C: "u32", epsilon: "f32", hasGamma: "u32", hasBeta: "u32", hasMean: "u32" },
  variants: {
    vec4: {
      source: batchNormSource,
      flags: { VEC4: true },
      grid: quads,
      fits: ({ C }: { C: number }) => C % 4 === 0,
    },
    naive: { source: batchNormSource, flags: { VEC4: false }, grid: singles },
  },
});

function binaryKernel(name: string, flags: { ADD: boolean; SUB: boolean }) {
  return defineKernel({
    name,
    bindings: { a: "read", b: "read", y: "write" },
    uniforms: {
      n: "u32",
      d1: "u32",
      d2: "u32",
      d3: "u32",
      a0: "u32",
      a1: "u32",
      a2: "u32",
      a3: "u32",
      b0: "u32",
      b1: "u32",
      b2: "u32",
      b3: "u32",
    },
    variants: {
      same: {
        source: binarySource,
        flags: { ...flags, SAME: true },
        grid: quads,
        fits: (u) =>
          u.n % 4 === 0 &&
          [u.a0 - u.b0, u.a1 - u.b1, u.a2 - u.b2, u.a3 - u.b3].every((d) => d === 0) &&
          isDense(u.n, [u.a0, u.a1, u.a2, u.a3], [u.d1, u.d2, u.d3]),
      },
      naive: { source: binarySource, flags: { ...flags, SAME: false }, grid: singles },
    },
  });
}

/** Strides of an array that is not repeated along any axis (an axis of one element may have any stride). */
function isDense(n: number, strides: readonly number[], [d1 = 1, d2 = 1, d3 = 1]: readonly number[]): boolean {
  const extents = [n / Math.max(1, d1 * d2 * d3), d1, d2, d3];
  const dense = [d1 * d2 * d3, d2 * d3, d3, 1];
  return strides.every((stride, i) => extents[i] === 1 || stride === dense[i]);
}

export const addKernel = binaryKernel("add", { ADD: true, SUB: false });
export const subKernel = binaryKernel("sub", { ADD: false, SUB: true });
export const mulKernel = binaryKernel("mul", { ADD: false, SUB: false });
