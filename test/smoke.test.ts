// Does each lane run on the driver it is named after, and does that driver compute?
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lane, promisedAdapter, promisedDriver } from "./support/gpu-env.ts";

const loopSteps = 70_000;
// Ends in `steps` unless the driver cuts loops short, as Mesa before 24 does after 65,535 steps.
const countingCode = `
@group(0) @binding(0) var<storage, read_write> out : array<u32>;
@compute @workgroup_size(1) fn main() {
  var x = out[0];
  for (var i = 0u; i < out[1]; i++) { x += 1u; out[2] ^= x; }
  out[0] = x;
}`;

let adapter: GPUAdapter;
let device: GPUDevice;

beforeAll(async () => {
  const found = await navigator.gpu.requestAdapter();
  if (!found) throw new Error("no WebGPU adapter in this lane: run `npm run setup`");
  adapter = found;
  device = await adapter.requestDevice();
});

afterAll(() => device.destroy());

/** Runs `countingCode` for that many steps and reads its counter back. */
async function countSteps(steps: number): Promise<number | undefined> {
  const buffer = device.createBuffer({
    size: 12,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const staging = device.createBuffer({ size: 12, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Uint32Array([0, steps, 0]));
  const module = device.createShaderModule({ code: countingCode });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const entries = [{ binding: 0, resource: { buffer } }];
  const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, 12);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const counted = new Uint32Array(staging.getMappedRange())[0];
  for (const used of [buffer, staging]) used.destroy();
  return counted;
}

/** Mesa's version is in Dawn's description only; shader-f16 came to lavapipe long after Debian 12's Mesa 22.3. */
function expectNewLavapipe(): void {
  const { description } = adapter.info;
  expect(description).toContain("llvmpipe");
  const version = /mesa (\d+)\./i.exec(description)?.[1];
  if (version !== undefined) expect(Number(version)).toBeGreaterThanOrEqual(25);
  expect(adapter.features.has("shader-f16")).toBe(true);
}

function runtimeName(): string {
  if ("Deno" in globalThis) return "deno";
  return "document" in globalThis ? "chrome" : "node";
}

describe("this lane", () => {
  it("runs in the runtime it is named after", () => {
    expect(lane().split("-")[0]).toBe(runtimeName());
  });

  it("has the adapter that set-up found for it", () => {
    const { vendor, architecture, description } = adapter.info;
    const text = `${vendor} ${architecture} ${description}`.toLowerCase();
    const driver = promisedDriver();
    if (driver === "swiftshader") return expect(text).toContain("swiftshader");
    expect(text).toContain(promisedAdapter().toLowerCase());
    if (driver === "lavapipe") expectNewLavapipe();
  });

  it("does not cut long loops short", async () => {
    expect(await countSteps(loopSteps)).toBe(loopSteps);
  });
});
