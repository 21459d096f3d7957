import { OutOfMemoryError } from "../errors.ts";
import type { Runtime } from "../kernels/runtime.ts";

interface Free {
  readonly buffer: GPUBuffer;
  /** Serial of the submission that was being encoded when the buffer came back. */
  readonly serial: number;
}

/** A tensor takes a free buffer of up to so many times its size rather than a new one. */
const MOST_ROOM = 2;

/** GPU buffers by size. A freed buffer is handed out again at once: the queue runs commands in order,
 * so whatever still reads it runs before whatever writes it next. */
export class BufferPool {
  readonly #runtime: Runtime;
  /** The largest buffer that the device makes. */
  readonly #mostBytes: number;
  readonly #free = new Map<number, Free[]>();
  /** What is asked of each buffer that is in use. */
  readonly #live = new Map<GPUBuffer, number>();
  /** Serial of the submission that was being encoded when a buffer was made. */
  readonly #born = new WeakMap<GPUBuffer, number>();
  #liveBytes = 0;
  #allocatedBytes = 0;
  #peakBytes = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#mostBytes = runtime.device.limits.maxBufferSize;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  get liveBuffers(): number {
    return this.#live.size;
  }

  /** Held for reuse: free buffers, and what is more in others than was asked for. */
  get freeBytes(): number {
    return this.#allocatedBytes - this.#liveBytes;
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
    const buffer = this.#reuse(size, idle) ?? this.#create(size);
    this.#live.set(buffer, size);
    this.#liveBytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return buffer;
  }

  /** The free buffer that fits best; of several, the one that came back last, which a cache may still hold. */
  #reuse(size: number, idle: boolean): GPUBuffer | undefined {
    const most = idle ? size : MOST_ROOM * size;
    const { serial: now, pending } = this.#runtime;
    const usable = ({ serial }: Free) => !idle || serial < now || !pending;
    let best: { readonly size: number; readonly list: Free[]; readonly index: number } | undefined;
    this.#dropRefused();
    for (const [one, list] of this.#free) {
      if (one < size || one > most || (best && one > best.size)) continue;
      const index = list.findLastIndex(usable);
      if (index >= 0) best = { size: one, list, index };
    }
    if (!best) return undefined;
    const [found] = best.list.splice(best.index, 1);
    if (best.list.length === 0) this.#free.delete(best.size);
    return found?.buffer;
  }

  /** Takes a buffer back. */
  give(buffer: GPUBuffer): void {
    this.#liveBytes -= this.#live.get(buffer) ?? 0;
    this.#live.delete(buffer);
    const list = this.#free.get(buffer.size);
    const entry = { buffer, serial: this.#runtime.serial };
    if (list) list.push(entry);
    else this.#free.set(buffer.size, [entry]);
  }

  /** A buffer that the GPU had no memory for looks like any other, until a command that uses it is refused. */
  #dropRefused(): void {
    const { refused } = this.#runtime;
    if (refused.size === 0) return;
    for (const [size, list] of this.#free) {
      const isRefused = ({ buffer }: Free) => refused.has(this.#born.get(buffer) ?? -1);
      const kept = list.filter((free) => !isRefused(free));
      if (kept.length === list.length) continue;
      for (const { buffer } of list.filter(isRefused)) buffer.destroy();
      this.#allocatedBytes -= size * (list.length - kept.length);
      if (kept.length > 0) this.#free.set(size, kept);
      else this.#free.delete(size);
    }
  }

  /** Returns free buffers to the driver. */
  trim(): void {
    if (this.#runtime.pending) this.#runtime.flush();
    for (const [size, list] of this.#free) {
      for (const { buffer } of list) buffer.destroy();
      this.#allocatedBytes -= size * list.length;
    }
    this.#free.clear();
  }

  #create(size: number): GPUBuffer {
    if (size > this.#mostBytes)
      throw new OutOfMemoryError(`a buffer of ${size} bytes is wanted, this device allows ${this.#mostBytes}`);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.#allocatedBytes += size;
    const buffer = this.#runtime.device.createBuffer({ size, usage });
    this.#born.set(buffer, this.#runtime.serial);
    return buffer;
  }
}

/** Sizes are rounded up to an eighth of their power of two, so that nearly equal ones share buffers. */
function bucket(bytes: number): number {
  const step = Math.max(256, 2 ** Math.floor(Math.log2(Math.max(1, bytes))) / 8);
  return Math.max(256, Math.ceil(bytes / step) * step);
}
