import { type AnyKernel, allKernels } from "../../src/index.ts";
import { type KernelSpec, linearGrid } from "../../src/kernels/define.ts";
import copySource from "./wgsl/copy.wgsl" with { type: "text" };
import fmaSource from "./wgsl/fma.wgsl" with { type: "text" };
import squareProductSource from "./wgsl/square-product.wgsl" with { type: "text" };

/** Invocations of a workgroup of fma.wgsl, and operations of one step of one invocation. */
export const FMA = { lanes: 64, flopsPerStep: 64 };

/** A kernel of the benchmark alone: it is in no list of the engine's kernels. */
function own<const B extends string, const U extends string>(spec: KernelSpec<B, U, never>) {
  return {
    ...spec,
    bindingNames: Object.keys(spec.bindings) as B[],
    uniformNames: Object.keys(spec.uniforms) as U[],
  };
}

export const fmaKernel = own({
  name: "bench-fma",
  bindings: { y: "write" },
  uniforms: { groups: "u32", steps: "u32", factor: "f32", offset: "f32" },
  variants: { naive: { source: fmaSource, grid: ({ groups }) => linearGrid(groups, 1) } },
});

export const copyKernel = own({
  name: "bench-copy",
  bindings: { x: "read", y: "write" },
  uniforms: { n: "u32" },
  variants: { naive: { source: copySource, grid: ({ n }) => linearGrid(n, 64) } },
});

export const squareProductKernel = own({
  name: "bench-square-product",
  bindings: { a: "read", b: "read", y: "write" },
  uniforms: { n: "u32" },
  variants: { naive: { source: squareProductSource, grid: ({ n }) => [n / 64, n / 64, 1] } },
});

/** The engine's own matrix product. */
export function engineProduct(): AnyKernel {
  const found = allKernels().find(({ name }) => name === "product");
  if (!found) throw new Error('the engine has no kernel "product" any more: name its product here');
  return found;
}
