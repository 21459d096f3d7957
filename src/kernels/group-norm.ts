import { type AdapterTraits, defineKernel, linearGrid } from "./define.ts";
import { byFours } from "./variants.ts";
import momentsSource from "./wgsl/group-moments.wgsl" with { type: "text" };
import momentsTreeSource from "./wgsl/group-moments-tree.wgsl" with { type: "text" };
import momentsVjpSource from "./wgsl/group-moments-vjp.wgsl" with { type: "text" };
import momentsVjpTreeSource from "./wgsl/group-moments-vjp-tree.wgsl" with { type: "text" };
import groupNormSource from "./wgsl/group-norm.wgsl" with { type: "text" };

/** x is seen as [outer, R, G, K]: statistics are taken over R and K. */
interface Groups {
  readonly outer: number;
  readonly R: number;
  readonly G: number;
  readonly K: number;
}

const FEW_GROUPS = 8;

/** A workgroup to a group pays where a group is large. A CPU that plays GPU has no more lanes than a few groups fill, and
 * pays for every barrier: layer norm of [1, 56, 56, 256] on lavapipe takes 20 ms by one invocation to a group, 92 ms by
 * one workgroup. */
function overGroups(sources: { naive: string; tree: string }) {
  return {
    tree: {
      source: sources.tree,
      grid: ({ outer, G }: Groups) => linearGrid(outer * G, 1),
      fits: ({ outer, R, G, K }: Groups, { software }: AdapterTraits) =>
        R * K >= 64 && (!software || outer * G < FEW_GROUPS),
    },
    naive: { source: sources.naive, grid: ({ outer, G }: Groups) => linearGrid(outer * G, 64) },
  };
}

const extents = { outer: "u32", R: "u32", G: "u32", K: "u32", epsilon: "f32", kind: "u32" } as const;

export const groupMomentsKernel = defineKernel({
  name: "group-moments",
  bindings: { x: "read", stats: "write" },
  uniforms: extents,
  variants: overGroups({ naive: momentsSource, tree: momentsTreeSource }),
});

export const groupMomentsVjpKernel = defineKernel({
  name: "group-moments-vjp",
  bindings: { x: "read", stats: "read", gamma: "read", dy: "read", sums: "write" },
  uniforms: { ...extents, hasGamma: "u32" },
  variants: overGroups({ naive: momentsVjpSource, tree: momentsVjpTreeSource }),
});

const byFoursOfK = (VJP: boolean) => byFours(groupNormSource, ({ K }: { K: number }) => K % 4 === 0, { VJP });

export const groupNormKernel = defineKernel({
  name: "group-norm",
  bindings: { x: "read", stats: "read", gamma: "read", beta: "read", y: "write" },
  uniforms: { n: "u32", R: "u32", G: "u32", K: "u32", hasGamma: "u32", hasBeta: "u32" },
  variants: byFoursOfK(false),
});

export const groupNormVjpKernel = defineKernel({
  name: "group-norm-vjp",
  bindings: { x: "read", stats: "read", gamma: "read", dy: "read", sums: "read", dx: "write" },
  uniforms: { n: "u32", R: "u32", G: "u32", K: "u32", hasGamma: "u32" },
  variants: byFoursOfK(true),
});
