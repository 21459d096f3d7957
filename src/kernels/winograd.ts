import { defineKernel, linearGrid } from "./define.ts";
import type { Flags } from "./template.ts";
import gatherSource from "./wgsl/winograd-gather.wgsl" with { type: "text" };
import spreadSource from "./wgsl/winograd-spread.wgsl" with { type: "text" };

const tiles = { H: "u32", W: "u32", C: "u32", TH: "u32", TW: "u32", step: "u32" } as const;

type Tiles = Readonly<Record<"C" | "count", number>>;

/** What a tile is of: the input, packed or not; 3 x 3 weights, those turned by 180 degrees; the gradient of the output. */
type Spread = "packed-input" | "input" | "weights" | "turned-weights" | "gradient";

/** One invocation for a channel of a tile, or for four. */
function variants(source: string, flags: (VEC4: boolean) => Flags) {
  const grid =
    (channels: number) =>
    ({ C, count }: Tiles) =>
      linearGrid((count * C) / channels, 64);
  return {
    vec4: { source, flags: flags(true), grid: grid(4), fits: ({ C }: Tiles) => C % 4 === 0 },
    naive: { source, flags: flags(false), grid: grid(1) },
  };
}

/** Pixels along a side of the tiles that are spread, and their points. */
function spread(of: Spread, F4: boolean) {
  const PACKED = of === "packed-input";
  const INPUT = PACKED || of === "input";
  const taps = INPUT ? (F4 ? 6 : 4) : of === "gradient" ? (F4 ? 4 : 2) : 3;
  const common = {
    F4,
    INPUT,
    PACKED,
    FLIP: of === "turned-weights",
    THREE: taps >= 3,
    FOUR: taps >= 4,
    SIX: taps === 6,
  };
  return defineKernel({
    name: `winograd-${F4 ? 4 : 2}-${of}`,
    bindings: { x: "read", y: "write" },
    uniforms: { ...tiles, top: "i32", left: "i32", first: "u32", count: "u32", end: "u32", stride: "u32" },
    variants: variants(spreadSource, (VEC4) => ({ ...common, VEC4, SCATTERED: PACKED && VEC4 })),
  });
}

function gather(WEIGHTS: boolean, F4: boolean) {
  const common = { F4, WEIGHTS, THREE: WEIGHTS || F4, FOUR: F4 && !WEIGHTS };
  return defineKernel({
    name: `winograd-${F4 ? 4 : 2}-${WEIGHTS ? "weights-gradient" : "output"}`,
    bindings: { x: "read", b: "read", y: "write" },
    uniforms: { ...tiles, first: "u32", count: "u32", slices: "u32", hasBias: "u32" },
    variants: variants(gatherSource, (VEC4) => ({ ...common, VEC4 })),
  });
}

function kernels(F4: boolean) {
  return {
    packedInput: spread("packed-input", F4),
    input: spread("input", F4),
    weights: spread("weights", F4),
    turnedWeights: spread("turned-weights", F4),
    gradient: spread("gradient", F4),
    output: gather(false, F4),
    weightsGradient: gather(true, F4),
  };
}

/** The transforms of F(2 x 2, 3 x 3) and F(4 x 4, 3 x 3), by the pixels along a tile's side. */
export const winogradKernels = { 2: kernels(false), 4: kernels(true) };
