// Prints one line of JSON about the adapter that this runtime (Deno or Node) gets; exit code 3 when there is none.
import process from "node:process";

const loopSteps = 70_000;
// Mesa before 24 (Debian 12: 22.3) ends all loops of an invocation after 65535 steps in total, without an error.
const code = `
@group(0) @binding(0) var<storage, read_write> out : array<u32>;
@compute @workgroup_size(1) fn main() {
  var x = out[0];
  for (var i = 0u; i < out[1]; i++) { x += 1u; out[2] ^= x; }
  out[0] = x;
}`;

async function openGpu() {
  if (globalThis.Deno) return navigator.gpu;
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  return create([]);
}

async function countLoopSteps(device) {
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const buffer = device.createBuffer({ size: 12, usage: STORAGE | COPY_SRC | COPY_DST });
  const staging = device.createBuffer({ size: 12, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Uint32Array([0, loopSteps, 0]));
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const layout = pipeline.getBindGroupLayout(0);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, 12);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return new Uint32Array(staging.getMappedRange())[0];
}

const gpu = await openGpu();
const adapter = await gpu?.requestAdapter();
if (!adapter) process.exit(3);
const device = await adapter.requestDevice();
const countsLoops = (await countLoopSteps(device)) === loopSteps;
const { vendor, architecture, description } = adapter.info;
process.stdout.write(`${JSON.stringify({ countsLoops, vendor, architecture, description })}\n`);
device.destroy();
// Dawn keeps Node alive while its instance exists.
process.exit(0);
