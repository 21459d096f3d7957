import { type Flags, type Params, specialize } from "./template.ts";

export type Access = "read" | "write" | "read_write";
export type UniformType = "u32" | "i32" | "f32";
/** Workgroup counts in x, y, z. */
export type Grid = readonly [number, number, number];

/** One way to compute a kernel: a .wgsl file with its switches and constants set. */
export interface Variant<U extends string> {
  readonly source: string;
  readonly flags?: Flags;
  readonly params?: Params;
  /** How many workgroups cover these uniforms. */
  readonly grid: (uniforms: Readonly<Record<U, number>>) => Grid;
  /** Whether it computes these shapes rightly, and is the sensible choice on such an adapter; always, unless given. */
  readonly fits?: (uniforms: Readonly<Record<U, number>>, adapter: AdapterTraits) => boolean;
}

/** What the choice of a variant may depend on. */
export interface AdapterTraits {
  /** A CPU that plays GPU: no workgroup memory to speak of, narrow lanes. */
  readonly software: boolean;
}

export interface KernelSpec<B extends string, U extends string, V extends string> {
  readonly name: string;
  /** Buffers in the order of their binding numbers. */
  readonly bindings: Readonly<Record<B, Access>>;
  /** Scalars of `struct Uniforms`, in order; bound after the last buffer. */
  readonly uniforms: Readonly<Record<U, UniformType>>;
  /** Fastest first: the first that fits runs. `naive` is the reference that students read and fits everything. */
  readonly variants: Readonly<Record<V | "naive", Variant<NoInfer<U>>>>;
}

/** A kernel as the runtime sees it, its names erased. */
export type AnyKernel = Omit<Kernel<string, string, string>, "variants"> & {
  readonly variants: Readonly<Record<string, Variant<string>>>;
};

export interface Kernel<B extends string, U extends string, V extends string> extends KernelSpec<B, U, V> {
  readonly bindingNames: readonly B[];
  readonly uniformNames: readonly U[];
}

const registry = new Map<string, AnyKernel>();

/** Declares a kernel; a misspelt buffer or uniform at the call does not compile. */
export function defineKernel<const B extends string, const U extends string, const V extends string>(
  spec: KernelSpec<B, U, V>,
): Kernel<B, U, V> {
  if (registry.has(spec.name)) throw new Error(`two kernels are named ${spec.name}`);
  const kernel = {
    ...spec,
    bindingNames: Object.keys(spec.bindings) as B[],
    uniformNames: Object.keys(spec.uniforms) as U[],
  };
  registry.set(spec.name, kernel as unknown as AnyKernel);
  return kernel;
}

/** The first variant that fits; `pinned`, if it exists and fits, comes before. */
export function chooseVariant(
  kernel: AnyKernel,
  uniforms: Readonly<Record<string, number>>,
  options: { adapter: AdapterTraits; pinned: string | undefined },
): string {
  const fits = (name: string) => kernel.variants[name]?.fits?.(uniforms, options.adapter) ?? name in kernel.variants;
  if (options.pinned !== undefined && fits(options.pinned)) return options.pinned;
  return Object.keys(kernel.variants).find(fits) ?? "naive";
}

/** Every kernel defined so far, for tests, `doctor` and the benchmark. */
export function allKernels(): AnyKernel[] {
  return [...registry.values()];
}

/** The final WGSL of one variant. */
export function shaderOf(kernel: AnyKernel, variant: string): string {
  const found = kernel.variants[variant];
  if (!found) throw new Error(`kernel ${kernel.name} has no variant ${variant}`);
  return specialize(found.source, found.flags, found.params);
}

/** No dimension of a dispatch may exceed this (WebGPU default limit). */
export const MAX_GROUPS = 65535;

/** Workgroups for `count` invocations in a row; past 65,535 groups the row is folded into y.
 * The kernel recovers its index as `(group.y * groups.x + group.x) * size + local.x`. */
export function linearGrid(count: number, size: number): Grid {
  const groups = Math.max(1, Math.ceil(count / size));
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}
