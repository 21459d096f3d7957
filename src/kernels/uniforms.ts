import type { AnyKernel } from "./define.ts";
import type { BufferRange } from "./pipeline.ts";

/** Past this many they are dropped at the next submission. */
const MAX_BUFFERS = 8192;

/** Uniform buffers by content: the same scalars share one. */
export class UniformBuffers {
  readonly #device: GPUDevice;
  readonly #buffers = new Map<string, BufferRange>();
  /** The scalars of one kernel at a time, as they lie in memory. */
  #words = new Int32Array(32);

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get full(): boolean {
    return this.#buffers.size > MAX_BUFFERS;
  }

  /** A buffer that holds these scalars in the order of the kernel's definition. */
  take(kernel: AnyKernel, uniforms: Readonly<Record<string, number>>): BufferRange {
    const words = 4 * Math.ceil(kernel.uniformNames.length / 4);
    if (this.#words.length < words) this.#words = new Int32Array(words);
    const view = new DataView(this.#words.buffer);
    kernel.uniformNames.forEach((name, i) => {
      const value = uniforms[name] ?? 0;
      const type = kernel.uniforms[name];
      if (type === "f32") view.setFloat32(4 * i, value, true);
      else if (type === "i32") view.setInt32(4 * i, value, true);
      else view.setUint32(4 * i, value, true);
    });
    const content = this.#words.subarray(0, words).fill(0, kernel.uniformNames.length);
    const key = content.join();
    const known = this.#buffers.get(key);
    if (known) return known;
    const size = 4 * words;
    const buffer = this.#device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.#device.queue.writeBuffer(buffer, 0, content);
    const range = { buffer, offset: 0, size };
    this.#buffers.set(key, range);
    return range;
  }

  drop(): void {
    for (const { buffer } of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
