import { defineKernel } from "./define.ts";
import { overChannels } from "./variants.ts";
import avgPoolSource from "./wgsl/avg-pool.wgsl" with { type: "text" };
import avgPoolVjpSource from "./wgsl/avg-pool-vjp.wgsl" with { type: "text" };
import maxPoolSource from "./wgsl/max-pool.wgsl" with { type: "text" };
import maxPoolVjpSource from "./wgsl/max-pool-vjp.wgsl" with { type: "text" };

const geometry = {
  n: "u32",
  H: "u32",
  W: "u32",
  C: "u32",
  OH: "u32",
  OW: "u32",
  KH: "u32",
  KW: "u32",
  SH: "u32",
  SW: "u32",
  top: "i32",
  left: "i32",
} as const;

export const maxPoolKernel = defineKernel({
  name: "max-pool",
  bindings: { x: "read", y: "write" },
  uniforms: geometry,
  variants: overChannels(maxPoolSource),
});

export const maxPoolVjpKernel = defineKernel({
  name: "max-pool-vjp",
  bindings: { x: "read", y: "read", dy: "read", dx: "write" },
  uniforms: geometry,
  variants: overChannels(maxPoolVjpSource),
});

export const avgPoolKernel = defineKernel({
  name: "avg-pool",
  bindings: { x: "read", y: "write" },
  uniforms: geometry,
  variants: overChannels(avgPoolSource),
});

export const avgPoolVjpKernel = defineKernel({
  name: "avg-pool-vjp",
  bindings: { dy: "read", dx: "write" },
  uniforms: geometry,
  variants: overChannels(avgPoolVjpSource),
});
