import type { BufferRange } from "./runtime.ts";

/** As many as a shader stage may have by WebGPU's guaranteed limits. */
const MOST_BINDINGS = 8;
const BYTES = 256;

/** What pipelines are bound to that run only so that the driver compiles them: a buffer for each binding, as none may be
 * bound twice. */
export class Placeholders {
  readonly ranges: readonly BufferRange[];
  readonly #buffers: readonly GPUBuffer[];

  constructor(device: GPUDevice) {
    const usage = GPUBufferUsage.STORAGE;
    this.#buffers = Array.from({ length: MOST_BINDINGS }, () => device.createBuffer({ size: BYTES, usage }));
    this.ranges = this.#buffers.map((buffer) => ({ buffer, offset: 0, size: BYTES }));
  }

  dispose(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}
