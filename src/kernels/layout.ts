import { defineKernel } from "./define.ts";
import { byFours } from "./variants.ts";
import copyBoxSource from "./wgsl/copy-box.wgsl" with { type: "text" };

const scalars = {
  n: "u32",
  e1: "u32",
  e2: "u32",
  e3: "u32",
  x0: "u32",
  x1: "u32",
  x2: "u32",
  xFirst: "u32",
  y0: "u32",
  y1: "u32",
  y2: "u32",
  yFirst: "u32",
} as const;

export const copyBoxKernel = defineKernel({
  name: "copy-box",
  bindings: { x: "read", y: "read_write" },
  uniforms: scalars,
  variants: byFours(copyBoxSource, (u: Readonly<Record<keyof typeof scalars, number>>) =>
    [u.e3, u.x0, u.x1, u.x2, u.xFirst, u.y0, u.y1, u.y2, u.yFirst].every((value) => value % 4 === 0),
  ),
});
