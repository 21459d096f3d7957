import { GpuUnavailableError } from "../errors.ts";

/** What a GPU adapter tells of itself; browsers may keep parts of it empty. */
export interface AdapterReport {
  /** The first of description, device, architecture and vendor that is given. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** A CPU that plays GPU (lavapipe, SwiftShader, WARP); judged by the names above. */
  readonly software: boolean;
  /** A software adapter whose compiler keeps a tile of 16 x 16 numbers near its registers: lavapipe. */
  readonly wideRegisters: boolean;
}

/** What a device or an adapter came from. Dawn in Node crashes when these are collected while the device is in use. */
const origins = new WeakMap<GPUDevice | GPUAdapter, GPU | GPUAdapter>();

/** The host's best adapter.
 * @param gpu the host's `navigator.gpu` unless given
 * @throws GpuUnavailableError where there is none */
export async function requestAdapter(gpu = globalThis.navigator?.gpu as GPU | undefined): Promise<GPUAdapter> {
  if (!gpu)
    throw new GpuUnavailableError(
      "this runtime has no WebGPU (navigator.gpu is missing). In a browser: use https or localhost, and Chrome 113 or newer; " +
        "in Deno: version 2 or newer; in Node: install the npm package webgpu.",
    );
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter) {
    origins.set(adapter, gpu);
    return adapter;
  }
  throw new GpuUnavailableError(
    "no WebGPU adapter: no graphics driver was found. Install one, or a software one: `npm run setup` does that.",
  );
}

/** A device with WebGPU's guaranteed limits, or with everything the adapter allows.
 * @throws GpuUnavailableError if the adapter gives none */
export async function requestDevice(adapter: GPUAdapter, limits: "adapter" | "default"): Promise<GPUDevice> {
  const names = [
    "maxBufferSize",
    "maxStorageBufferBindingSize",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupSizeX",
    "maxComputeWorkgroupSizeY",
    "maxComputeWorkgroupStorageSize",
  ] as const;
  const requiredLimits =
    limits === "adapter" ? Object.fromEntries(names.map((name) => [name, adapter.limits[name]])) : {};
  const wanted: GPUFeatureName[] = ["timestamp-query"];
  const requiredFeatures = wanted.filter((name) => adapter.features.has(name));
  try {
    const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
    origins.set(device, adapter);
    return device;
  } catch (cause) {
    throw new GpuUnavailableError(`the adapter gave no device: ${String(cause)}`, { cause });
  }
}

export function describeAdapter(adapter: GPUAdapter): AdapterReport {
  const { vendor, architecture, description, device } = adapter.info;
  const name = [description, device, architecture, vendor].find((text) => text) ?? "unnamed adapter";
  const software = /llvmpipe|swiftshader|softpipe|basic render|cpu/i.test(`${name} ${architecture} ${vendor}`);
  const wideRegisters = /llvmpipe/i.test(`${name} ${architecture} ${vendor}`);
  return { name, vendor, architecture, software, wideRegisters };
}
