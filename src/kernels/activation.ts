import { defineKernel } from "./define.ts";
import { overElements } from "./variants.ts";
import activationSource from "./wgsl/activation.wgsl" with { type: "text" };

const kinds = [
  "ELU",
  "GELU",
  "GELU_TANH",
  "SILU",
  "MISH",
  "CLAMP",
  "HARD_SILU",
  "SOFTPLUS",
  "SOFTSIGN",
  "TANH",
  "TANH_SHRINK",
  "EXPONENTIAL",
  "SQUAREPLUS",
  "SPARSE_PLUS",
  "THRESHOLD",
  "SOFT_SHRINK",
  "HARD_SHRINK",
] as const;

/** A function of activation.wgsl. Its constants a, b, c, d:
 * ELU a x, below 0 b (exp(c x) - 1); CLAMP a x + b, kept within c and d (the gradient takes b and these
 * otherwise: a from x = c to x = d, at the ends only if b is 1); SOFTPLUS a log(1 + exp(a x)) with a = 1 or -1;
 * SQUAREPLUS (x + sqrt(x^2 + a)) / 2; THRESHOLD x above a, else b; SOFT_SHRINK and HARD_SHRINK: 0 within -a and a. */
export type ActivationKind = (typeof kinds)[number];

export interface ActivationConstants {
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
  readonly d?: number;
}

const uniforms = { n: "u32", a: "f32", b: "f32", c: "f32", d: "f32" } as const;

function flagsOf(kind: ActivationKind, GRADIENT: boolean): Record<string, boolean> {
  return { GRADIENT, ...Object.fromEntries(kinds.map((name) => [name, name === kind])) };
}

function forwardKernel(kind: ActivationKind) {
  return defineKernel({
    name: kernelName(kind),
    bindings: { x: "read", y: "write" },
    uniforms,
    variants: overElements(activationSource, flagsOf(kind, false)),
  });
}

function vjpKernel(kind: ActivationKind) {
  return defineKernel({
    name: `${kernelName(kind)}-vjp`,
    bindings: { x: "read", dy: "read", dx: "write" },
    uniforms,
    variants: overElements(activationSource, flagsOf(kind, true)),
  });
}

function kernelName(kind: ActivationKind): string {
  return kind.toLowerCase().replaceAll("_", "-");
}

function forEachKind<K>(make: (kind: ActivationKind) => K): Readonly<Record<ActivationKind, K>> {
  return Object.fromEntries(kinds.map((kind) => [kind, make(kind)])) as Record<ActivationKind, K>;
}

export const activationKernels = forEachKind(forwardKernel);
export const activationVjpKernels = forEachKind(vjpKernel);
