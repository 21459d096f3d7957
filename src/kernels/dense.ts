import { defineKernel, type Grid } from "./define.ts";
import { byFours } from "./variants.ts";
import denseSource from "./wgsl/dense.wgsl" with { type: "text" };
import denseFilterVjpSource from "./wgsl/dense-filter-vjp.wgsl" with { type: "text" };
import denseInputVjpSource from "./wgsl/dense-input-vjp.wgsl" with { type: "text" };

const isVec4 = ({ OC }: { OC: number }) => OC % 4 === 0;

function denseGrid(perInvocation: number) {
  return ({ N, OC, rows, perSlice }: { N: number; OC: number; rows: number; perSlice: number }): Grid => [
    Math.ceil(OC / perInvocation / 64),
    N,
    Math.ceil(rows / perSlice),
  ];
}

export const denseKernel = defineKernel({
  name: "dense",
  bindings: { x: "read", w: "read", y: "write" },
  uniforms: { N: "u32", K: "u32", OC: "u32", firstK: "u32", rows: "u32", perSlice: "u32", firstSlice: "u32" },
  variants: {
    vec4: { source: denseSource, flags: { VEC4: true }, grid: denseGrid(4), fits: isVec4 },
    naive: { source: denseSource, flags: { VEC4: false }, grid: denseGrid(1) },
  },
});

const perRow = ({ N, rows }: { N: number; rows: number }): Grid => [Math.ceil(rows / 64), N, 1];

export const denseInputVjpKernel = defineKernel({
  name: "dense-input-vjp",
  bindings: { dy: "read", w: "read", dx: "write" },
  uniforms: { N: "u32", K: "u32", OC: "u32", firstK: "u32", rows: "u32" },
  variants: {
    vec4: { source: denseInputVjpSource, flags: { VEC4: true }, grid: perRow, fits: isVec4 },
    naive: { source: denseInputVjpSource, flags: { VEC4: false }, grid: perRow },
  },
});

export const denseFilterVjpKernel = defineKernel({
  name: "dense-filter-vjp",
  bindings: { x: "read", dy: "read", dw: "write" },
  uniforms: { n: "u32", N: "u32", K: "u32", OC: "u32", firstK: "u32" },
  variants: byFours(denseFilterVjpSource, isVec4),
});
