import { defineKernel } from "./define.ts";
import { overChannels } from "./variants.ts";
import resizeSource from "./wgsl/resize.wgsl" with { type: "text" };

const geometry = { n: "u32", H: "u32", W: "u32", C: "u32", OH: "u32", OW: "u32" } as const;

const conventions = {
  "half-pixel": { NEAREST: false, ALIGN_CORNERS: false },
  "align-corners": { NEAREST: false, ALIGN_CORNERS: true },
  nearest: { NEAREST: true, ALIGN_CORNERS: false },
} as const;

/** Which output pixel looks at which input pixel: half-pixel (OpenCV, TensorFlow 2), align-corners, or nearest. */
export type ResizeMethod = keyof typeof conventions;
export const resizeMethods = Object.keys(conventions) as ResizeMethod[];

function forward(method: ResizeMethod) {
  return defineKernel({
    name: `resize-${method}`,
    bindings: { x: "read", y: "write" },
    uniforms: geometry,
    variants: overChannels(resizeSource, { ...conventions[method], VJP: false }),
  });
}

function vjp(method: ResizeMethod) {
  return defineKernel({
    name: `resize-${method}-vjp`,
    bindings: { dy: "read", dx: "write" },
    uniforms: geometry,
    variants: overChannels(resizeSource, { ...conventions[method], VJP: true }),
  });
}

export const resizeKernels = {
  "half-pixel": { forward: forward("half-pixel"), vjp: vjp("half-pixel") },
  "align-corners": { forward: forward("align-corners"), vjp: vjp("align-corners") },
  nearest: { forward: forward("nearest"), vjp: vjp("nearest") },
} as const;
