import { type AdapterTraits, defineKernel, linearGrid } from "./define.ts";
import { byFours, overChannels } from "./variants.ts";
import sumsSource from "./wgsl/batch-norm-sums.wgsl" with { type: "text" };
import sumsTreeSource from "./wgsl/batch-norm-sums-tree.wgsl" with { type: "text" };
import trainingSource from "./wgsl/batch-norm-training.wgsl" with { type: "text" };
import momentsSource from "./wgsl/channel-moments.wgsl" with { type: "text" };
import momentsTreeSource from "./wgsl/channel-moments-tree.wgsl" with { type: "text" };
import movingAverageSource from "./wgsl/moving-average.wgsl" with { type: "text" };

const slices = { rows: "u32", C: "u32", slices: "u32", L: "u32" } as const;
type Slices = Readonly<Record<keyof typeof slices, number>>;

/** Channels, and lanes to a channel, of a workgroup. */
const TILE = 16;

/** Many lanes to a channel of a slice pay on a GPU. A CPU that plays GPU pays for every barrier, and slices give it lanes
 * enough: the moments of [8, 56, 56, 64] on lavapipe take 17 ms by one invocation to a channel of a slice, 51 ms by 16. */
function overSlices(sources: { naive: string; tree: string }, flags: { JOIN?: boolean } = {}) {
  return {
    tree: {
      source: sources.tree,
      flags,
      grid: (u: Slices) => linearGrid(u.slices * Math.ceil(u.C / TILE), 1),
      fits: ({ L }: Slices, { software }: AdapterTraits) => L >= TILE && !software,
    },
    naive: { source: sources.naive, flags, grid: (u: Slices) => linearGrid(u.slices * u.C, 64) },
  };
}

const ofMoments = { naive: momentsSource, tree: momentsTreeSource };

export const channelMomentsKernel = defineKernel({
  name: "channel-moments",
  bindings: { x: "read", y: "write" },
  uniforms: slices,
  variants: overSlices(ofMoments, { JOIN: false }),
});

export const joinMomentsKernel = defineKernel({
  name: "join-moments",
  bindings: { x: "read", y: "write" },
  uniforms: slices,
  variants: overSlices(ofMoments, { JOIN: true }),
});

export const batchNormSumsKernel = defineKernel({
  name: "batch-norm-sums",
  bindings: { x: "read", dy: "read", moments: "read", part: "write" },
  uniforms: { ...slices, epsilon: "f32" },
  variants: overSlices({ naive: sumsSource, tree: sumsTreeSource }),
});

export const batchNormTrainingKernel = defineKernel({
  name: "batch-norm-training",
  bindings: { x: "read", moments: "read", gamma: "read", beta: "read", y: "write" },
  uniforms: { n: "u32", C: "u32", epsilon: "f32", hasGamma: "u32", hasBeta: "u32" },
  variants: overChannels(trainingSource, { VJP: false }),
});

export const batchNormTrainingVjpKernel = defineKernel({
  name: "batch-norm-training-vjp",
  bindings: { x: "read", moments: "read", gamma: "read", dy: "read", sums: "read", dx: "write" },
  uniforms: { n: "u32", C: "u32", rows: "u32", epsilon: "f32", hasGamma: "u32" },
  variants: overChannels(trainingSource, { VJP: true }),
});

export const movingAverageKernel = defineKernel({
  name: "moving-average",
  bindings: { moving: "read_write", value: "read" },
  uniforms: { n: "u32", first: "u32", momentum: "f32", share: "f32" },
  variants: byFours(movingAverageSource, ({ n, first }: { n: number; first: number }) => (n % 4) + (first % 4) === 0),
});
