import { OutOfMemoryError } from "../errors.ts";
import type { Runtime } from "../kernels/runtime.ts";

interface Free {
  readonly buffer: GPUBuffer;
  /** Serial of the submission that was being encoded when the buffer came back. */
  readonly serial: number;
}

/** GPU buffers by size. A freed buffer is handed out again at once: the queue runs commands in order,
 * so whatever still reads it runs before whatever writes it next. */
export class BufferPool {
  readonly #runtime: Runtime;
  /** The largest buffer that the device makes. */
  readonly #mostBytes: number;
  readonly #free = new Map<number, Free[]>();
  #liveBytes = 0;
  #liveBuffers = 0;
  #freeBytes = 0;
  #peakBytes = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#mostBytes = runtime.device.limits.maxBufferSize;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  get liveBuffers(): number {
    return this.#liveBuffers;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Begins to look for the peak anew. */
  resetPeak(): void {
    this.#peakBytes = this.#liveBytes;
  }

  /** A buffer of at least so many bytes, a multiple of 4.
   * @param idle the CPU will write it through the queue, ahead of what is encoded: a buffer still in use will not do
   * @throws OutOfMemoryError if the device allows none so large */
  take(bytes: number, idle = false): GPUBuffer {
    this.#runtime.assertAlive();
    // Weights stay as they are for long: rounding them up would only waste memory.
    const rounded = idle ? Math.ceil(bytes / 256) * 256 : bucket(bytes);
    const size = rounded > this.#mostBytes ? bytes : rounded;
    const list = this.#free.get(size) ?? [];
    const usable = (entry: Free) => !idle || entry.serial < this.#runtime.serial || !this.#runtime.pending;
    const index = list.findLastIndex(usable);
    const [found] = index >= 0 ? list.splice(index, 1) : [];
    if (found) this.#freeBytes -= size;
    const buffer = found?.buffer ?? this.#create(size);
    this.#liveBytes += size;
    this.#liveBuffers++;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return buffer;
  }

  /** Takes a buffer back. */
  give(buffer: GPUBuffer): void {
    this.#liveBytes -= buffer.size;
    this.#liveBuffers--;
    this.#freeBytes += buffer.size;
    const list = this.#free.get(buffer.size);
    const entry = { buffer, serial: this.#runtime.serial };
    if (list) list.push(entry);
    else this.#free.set(buffer.size, [entry]);
  }

  /** Returns free buffers to the driver. */
  trim(): void {
    if (this.#runtime.pending) this.#runtime.flush();
    for (const list of this.#free.values()) for (const { buffer } of list) buffer.destroy();
    this.#free.clear();
    this.#freeBytes = 0;
  }

  #create(size: number): GPUBuffer {
    if (size > this.#mostBytes)
      throw new OutOfMemoryError(`a buffer of ${size} bytes is wanted, this device allows ${this.#mostBytes}`);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#runtime.device.createBuffer({ size, usage });
  }
}

/** Sizes are rounded up to an eighth of their power of two, so that nearly equal ones share buffers. */
function bucket(bytes: number): number {
  const step = Math.max(256, 2 ** Math.floor(Math.log2(Math.max(1, bytes))) / 8);
  return Math.max(256, Math.ceil(bytes / step) * step);
}
