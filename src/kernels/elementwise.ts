import { defineKernel, linearGrid } from "./define.ts";
import type { Flags } from "./template.ts";
import { overChannels, overElements } from "./variants.ts";
import batchNormSource from "./wgsl/batch-norm.wgsl" with { type: "text" };
import binarySource from "./wgsl/binary.wgsl" with { type: "text" };
import binaryVjpSource from "./wgsl/binary-vjp.wgsl" with { type: "text" };
import reluSource from "./wgsl/relu.wgsl" with { type: "text" };
import reluVjpSource from "./wgsl/relu-vjp.wgsl" with { type: "text" };
import scaleSource from "./wgsl/scale.wgsl" with { type: "text" };
import sigmoidSource from "./wgsl/sigmoid.wgsl" with { type: "text" };
import sigmoidVjpSource from "./wgsl/sigmoid-vjp.wgsl" with { type: "text" };

export const reluKernel = defineKernel({
  name: "relu",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32", most: "f32", threshold: "f32", slope: "f32" },
  variants: overElements(reluSource),
});

const corners = { atThreshold: "f32", atMost: "f32" } as const;

function reluRule(name: string, flags: { GATE_X: boolean; GATE_DY: boolean }) {
  return defineKernel({
    name,
    bindings: { x: "read", dy: "read", dx: "write" },
    uniforms: { n: "u32", most: "f32", threshold: "f32", slope: "f32", ...corners },
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
    pixels: {
      source: batchNormSource,
      flags: { VEC4: true },
      params: { PIXELS: 4 },
      grid: ({ n, C }) => linearGrid((Math.ceil(n / C / 4) * C) / 4, 64),
      fits: ({ C }: { C: number }) => C % 4 === 0,
    },
    ...overChannels(batchNormSource),
  },
});

/** What binary.wgsl and binary-vjp.wgsl can do; MUL is what is left. */
type BinaryKind = "ADD" | "SUB" | "MUL" | "DIV" | "MAX" | "MIN" | "PRELU";

const extentsAndStrides = {
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
} as const;

/** The variant for equal shapes, and the one that repeats what is broadcast. */
function overPairs(source: string, flags: Flags) {
  type Uniforms = Readonly<Record<keyof typeof extentsAndStrides, number>>;
  return {
    same: {
      source,
      flags: { ...flags, SAME: true },
      grid: ({ n }: Uniforms) => linearGrid(n / 4, 64),
      fits: (u: Uniforms) =>
        u.n % 4 === 0 &&
        [u.a0 - u.b0, u.a1 - u.b1, u.a2 - u.b2, u.a3 - u.b3].every((d) => d === 0) &&
        isDense(u.n, [u.a0, u.a1, u.a2, u.a3], [u.d1, u.d2, u.d3]),
    },
    naive: { source, flags: { ...flags, SAME: false }, grid: ({ n }: Uniforms) => linearGrid(n, 64) },
  };
}

function binaryKernel(name: string, kind: BinaryKind) {
  const is = (other: BinaryKind) => kind === other;
  const sums = { ADD: is("ADD"), SUB: is("SUB"), DIV: is("DIV") };
  const flags = { ...sums, MAX: is("MAX"), MIN: is("MIN"), PRELU: is("PRELU") };
  return defineKernel({
    name,
    bindings: { a: "read", b: "read", y: "write" },
    uniforms: extentsAndStrides,
    variants: overPairs(binarySource, flags),
  });
}

/** The gradient with regard to a and the one with regard to b, before what was repeated is added up. */
function binaryVjpKernels(name: string, kind: "MAX" | "MIN" | "PRELU") {
  const of = (input: "a" | "b") =>
    defineKernel({
      name: `${name}-vjp-${input}`,
      bindings: { a: "read", b: "read", dy: "read", d: "write" },
      uniforms: extentsAndStrides,
      variants: overPairs(binaryVjpSource, { MAX: kind === "MAX", MIN: kind === "MIN", FIRST: input === "a" }),
    });
  return { a: of("a"), b: of("b") };
}

/** Strides of an array that is not repeated along any axis (an axis of one element may have any stride). */
function isDense(n: number, strides: readonly number[], [d1 = 1, d2 = 1, d3 = 1]: readonly number[]): boolean {
  const extents = [n / Math.max(1, d1 * d2 * d3), d1, d2, d3];
  const dense = [d1 * d2 * d3, d2 * d3, d3, 1];
  return strides.every((stride, i) => extents[i] === 1 || stride === dense[i]);
}

export const addKernel = binaryKernel("add", "ADD");
export const subKernel = binaryKernel("sub", "SUB");
export const mulKernel = binaryKernel("mul", "MUL");
export const divKernel = binaryKernel("div", "DIV");
export const maximumKernel = binaryKernel("maximum", "MAX");
export const minimumKernel = binaryKernel("minimum", "MIN");
export const preluKernel = binaryKernel("prelu", "PRELU");
export const maximumVjpKernels = binaryVjpKernels("maximum", "MAX");
export const minimumVjpKernels = binaryVjpKernels("minimum", "MIN");
export const preluVjpKernels = binaryVjpKernels("prelu", "PRELU");
