import { defineKernel, type Grid, linearGrid } from "./define.ts";
import type { Flags } from "./template.ts";
import { byFours, overChannels } from "./variants.ts";
import argMaxSource from "./wgsl/arg-max.wgsl" with { type: "text" };
import argMaxTreeSource from "./wgsl/arg-max-tree.wgsl" with { type: "text" };
import broadcastSource from "./wgsl/broadcast.wgsl" with { type: "text" };
import maxCountSource from "./wgsl/max-count.wgsl" with { type: "text" };
import maxCountTreeSource from "./wgsl/max-count-tree.wgsl" with { type: "text" };
import maxVjpSource from "./wgsl/max-vjp.wgsl" with { type: "text" };
import oneHotSource from "./wgsl/one-hot.wgsl" with { type: "text" };
import reduceSource from "./wgsl/reduce.wgsl" with { type: "text" };
import reduceTreeSource from "./wgsl/reduce-tree.wgsl" with { type: "text" };
import softmaxSource from "./wgsl/softmax.wgsl" with { type: "text" };
import softmaxTreeSource from "./wgsl/softmax-tree.wgsl" with { type: "text" };
import softmaxVjpSource from "./wgsl/softmax-vjp.wgsl" with { type: "text" };
import softmaxVjpTreeSource from "./wgsl/softmax-vjp-tree.wgsl" with { type: "text" };
import sumSlicesSource from "./wgsl/sum-slices.wgsl" with { type: "text" };

interface Axes {
  readonly outer: number;
  readonly R: number;
  readonly inner: number;
}

const outputs = ({ outer, inner }: Axes) => outer * inner;

function reduceKernel(name: string, MAX: boolean) {
  return defineKernel({
    name,
    bindings: { x: "read", y: "write" },
    uniforms: { outer: "u32", R: "u32", inner: "u32", factor: "f32" },
    variants: {
      tree: {
        source: reduceTreeSource,
        flags: { MAX },
        grid: (u) => linearGrid(outputs(u), 16),
        fits: ({ R }) => R >= 64,
      },
      naive: { source: reduceSource, flags: { MAX }, grid: (u) => linearGrid(outputs(u), 64) },
    },
  });
}

export const sumKernel = reduceKernel("sum", false);
export const maxKernel = reduceKernel("max", true);

export const maxCountKernel = defineKernel({
  name: "max-count",
  bindings: { x: "read", y: "read", count: "write" },
  uniforms: { outer: "u32", R: "u32", inner: "u32" },
  variants: {
    tree: { source: maxCountTreeSource, grid: (u) => linearGrid(outputs(u), 16), fits: ({ R }) => R >= 64 },
    naive: { source: maxCountSource, grid: (u) => linearGrid(outputs(u), 64) },
  },
});

/** Four neighbours along the axes behind the reduced ones have the same place in y. */
function overInner(source: string) {
  return byFours(source, ({ inner }: { inner: number }) => inner % 4 === 0);
}

export const maxVjpKernel = defineKernel({
  name: "max-vjp",
  bindings: { x: "read", y: "read", dy: "read", count: "read", dx: "write" },
  uniforms: { n: "u32", R: "u32", inner: "u32" },
  variants: overInner(maxVjpSource),
});

export const broadcastKernel = defineKernel({
  name: "broadcast",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32", R: "u32", inner: "u32", factor: "f32" },
  variants: overInner(broadcastSource),
});

export const sumSlicesKernel = defineKernel({
  name: "sum-slices",
  bindings: { x: "read", b: "read", y: "write" },
  uniforms: { n: "u32", slices: "u32", C: "u32", hasBias: "u32" },
  variants: byFours(sumSlicesSource, ({ n, C }: { n: number; C: number }) => n % 4 === 0 && C % 4 === 0),
});

interface Rows {
  readonly rows: number;
  readonly C: number;
}

/** A workgroup to a row pays where a row is long. */
function overRows(sources: { naive: string; tree: string }, flags: Flags) {
  return {
    tree: {
      source: sources.tree,
      flags,
      grid: ({ rows }: Rows): Grid => linearGrid(rows, 1),
      fits: ({ C }: Rows) => C >= 64,
    },
    naive: { source: sources.naive, flags, grid: ({ rows }: Rows): Grid => linearGrid(rows, 64) },
  };
}

function softmaxKernel(name: string, LOG: boolean) {
  return defineKernel({
    name,
    bindings: { x: "read", y: "write" },
    uniforms: { rows: "u32", C: "u32", inner: "u32" },
    variants: overRows({ naive: softmaxSource, tree: softmaxTreeSource }, { LOG }),
  });
}

function softmaxVjpKernelOf(name: string, LOG: boolean) {
  return defineKernel({
    name,
    bindings: { y: "read", dy: "read", dx: "write" },
    uniforms: { rows: "u32", C: "u32", inner: "u32" },
    variants: overRows({ naive: softmaxVjpSource, tree: softmaxVjpTreeSource }, { LOG }),
  });
}

export const softmaxKernels = { softmax: softmaxKernel("softmax", false), log: softmaxKernel("log-softmax", true) };
export const softmaxVjpKernels = {
  softmax: softmaxVjpKernelOf("softmax-vjp", false),
  log: softmaxVjpKernelOf("log-softmax-vjp", true),
};

export const argMaxKernel = defineKernel({
  name: "arg-max",
  bindings: { x: "read", y: "write" },
  uniforms: { rows: "u32", C: "u32" },
  variants: overRows({ naive: argMaxSource, tree: argMaxTreeSource }, {}),
});

export const oneHotKernel = defineKernel({
  name: "one-hot",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32", C: "u32" },
  variants: overChannels(oneHotSource),
});
