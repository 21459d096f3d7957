import { defineKernel } from "./define.ts";
import { byFours } from "./variants.ts";
import dropoutSource from "./wgsl/dropout.wgsl" with { type: "text" };

interface Places {
  readonly n: number;
  readonly C: number;
  readonly first: number;
}

export const dropoutKernel = defineKernel({
  name: "dropout",
  bindings: { x: "read", y: "write" },
  uniforms: {
    n: "u32",
    first: "u32",
    period: "u32",
    C: "u32",
    pixels: "u32",
    key0: "u32",
    key1: "u32",
    least: "u32",
    factor: "f32",
  },
  variants: byFours(dropoutSource, ({ n, C, first }: Places) => [n, C, first].every((count) => count % 4 === 0)),
});
