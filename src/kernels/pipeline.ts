import { ShapeError } from "../errors.ts";
import { type AnyKernel, shaderOf } from "./define.ts";
import type { Compiled } from "./failures.ts";

/** A stretch of a buffer, in bytes. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

export interface Pipeline {
  /** Of kernel and variant. */
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles one variant, in an error scope of its own. */
export function compile(
  device: GPUDevice,
  kernel: AnyKernel,
  variant: string,
): { pipeline: Pipeline; compiled: Compiled } {
  const label = `${kernel.name}/${variant}`;
  const code = shaderOf(kernel, variant);
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label, code });
  const types: GPUBufferBindingType[] = Object.values(kernel.bindings).map((access) =>
    access === "read" ? "read-only-storage" : "storage",
  );
  if (kernel.uniformNames.length > 0) types.push("uniform");
  const layout = device.createBindGroupLayout({
    label,
    entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
  });
  const pipeline = device.createComputePipeline({
    label,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  });
  const compiled = { name: label, code, module, error: device.popErrorScope() };
  return { pipeline: { name: label, pipeline, layout }, compiled };
}

/** WebGPU forbids one buffer as read and write in one dispatch; the driver's own message would not name it. */
export function rejectAliases(kernel: AnyKernel, ranges: readonly BufferRange[]): void {
  kernel.bindingNames.forEach((name, i) => {
    if (kernel.bindings[name] === "read") return;
    const j = ranges.findIndex((range, k) => k !== i && range.buffer === ranges[i]?.buffer);
    if (j >= 0) throw new ShapeError(`${kernel.name}: ${name} and ${kernel.bindingNames[j]} are the same buffer`);
  });
}
