import type { AnyKernel } from "./define.ts";

/** Past this many they are dropped at the next submission. */
const MAX_BUFFERS = 8192;

/** Uniform buffers by content: the same scalars share one. */
export class UniformBuffers {
  readonly #device: GPUDevice;
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get full(): boolean {
    return this.#buffers.size > MAX_BUFFERS;
  }

  /** A buffer that holds these scalars in the order of the kernel's definition. */
  take(kernel: AnyKernel, uniforms: Readonly<Record<string, number>>): GPUBuffer {
    const size = Math.ceil(kernel.uniformNames.length / 4) * 16;
    const view = new DataView(new ArrayBuffer(size));
    kernel.uniformNames.forEach((name, i) => {
      const value = uniforms[name] ?? 0;
      const type = kernel.uniforms[name];
      if (type === "f32") view.setFloat32(4 * i, value, true);
      else if (type === "i32") view.setInt32(4 * i, value, true);
      else view.setUint32(4 * i, value, true);
    });
    const key = new Int32Array(view.buffer).join();
    const known = this.#buffers.get(key);
    if (known) return known;
    const buffer = this.#device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.#device.queue.writeBuffer(buffer, 0, view.buffer);
    this.#buffers.set(key, buffer);
    return buffer;
  }

  drop(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
