import { defineKernel } from "./define.ts";
import { overElements } from "./variants.ts";
import quotientSource from "./wgsl/stabilized-quotient.wgsl" with { type: "text" };

export const stabilizedQuotientKernel = defineKernel({
  name: "stabilized-quotient",
  bindings: { a: "read", b: "read", y: "write" },
  uniforms: { n: "u32", epsilon: "f32" },
  variants: overElements(quotientSource),
});
