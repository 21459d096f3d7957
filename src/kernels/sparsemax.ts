import { defineKernel, linearGrid } from "./define.ts";
import sparsemaxSource from "./wgsl/sparsemax.wgsl" with { type: "text" };
import sparsemaxRanksSource from "./wgsl/sparsemax-ranks.wgsl" with { type: "text" };
import sparsemaxTreeSource from "./wgsl/sparsemax-tree.wgsl" with { type: "text" };

interface Rows {
  readonly rows: number;
  readonly C: number;
  readonly inner: number;
}

const elements = ({ rows, C }: Rows) => linearGrid(rows * C, 64);

export const sparsemaxRanksKernel = defineKernel({
  name: "sparsemax-ranks",
  bindings: { x: "read", y: "write" },
  uniforms: { rows: "u32", C: "u32", inner: "u32" },
  variants: {
    vec4: {
      source: sparsemaxRanksSource,
      flags: { VEC4: true },
      grid: elements,
      fits: ({ C, inner }) => inner === 1 && C % 4 === 0,
    },
    naive: { source: sparsemaxRanksSource, flags: { VEC4: false }, grid: elements },
  },
});

/** A workgroup to a row pays where a row is long. */
function overRows(GRADIENT: boolean) {
  return {
    tree: {
      source: sparsemaxTreeSource,
      flags: { GRADIENT },
      grid: ({ rows }: Rows) => linearGrid(rows, 1),
      fits: ({ C }: Rows) => C >= 64,
    },
    naive: { source: sparsemaxSource, flags: { GRADIENT }, grid: elements },
  };
}

const uniforms = { rows: "u32", C: "u32", inner: "u32", keras: "u32" } as const;

export const sparsemaxKernel = defineKernel({
  name: "sparsemax",
  bindings: { x: "read", ranks: "read", y: "write" },
  uniforms,
  variants: overRows(false),
});

export const sparsemaxVjpKernel = defineKernel({
  name: "sparsemax-vjp",
  bindings: { x: "read", ranks: "read", dy: "read", dx: "write" },
  uniforms,
  variants: overRows(true),
});
