import { DisposedError, GpuUnavailableError, ShapeError } from "../errors.ts";
import { loopCanary } from "../kernels/checks.ts";
import { type AnyKernel, chooseVariant, type Kernel } from "../kernels/define.ts";
import type { EngineEvents } from "../kernels/events.ts";
import type { ProfileEntry } from "../kernels/profile.ts";
import { type BufferRange, Runtime, type RuntimeCounts } from "../kernels/runtime.ts";
import { type AdapterReport, describeAdapter, requestAdapter, requestDevice } from "./device.ts";
import { FiniteCheck } from "./finite-check.ts";
import { joinParts, partRanges } from "./parts.ts";
import { BufferPool } from "./pool.ts";
import type { Recorder } from "./recorder.ts";
import { checkShape, type Shape, showShape, sizeOf } from "./shape.ts";
import { type DType, Tensor, type TypedData } from "./tensor.ts";

export type { AdapterReport } from "./device.ts";

/** How `Engine.create` sets a device up; every option may be left out. */
export interface EngineOptions {
  /** Where adapters come from; the host's `navigator.gpu` unless given. */
  gpu?: GPU;
  /** `adapter`: everything the adapter allows (default). `default`: WebGPU's guaranteed limits, as on the smallest device. */
  limits?: "adapter" | "default";
  /** Raise NonFiniteError, with the layer's name, when a forward value is NaN or infinite. Costs one dispatch per operation. */
  check?: boolean;
  /** Bind at most this many bytes at once, below the device's own limit; for tests of large tensors. */
  maxBindingBytes?: number;
}

/** What an engine holds at this moment. */
export interface MemoryReport {
  /** Tensors not disposed, views included. */
  readonly liveTensors: number;
  /** GPU buffers behind them; views share one, a large tensor has several. */
  readonly liveBuffers: number;
  /** Sizes of these buffers, which are rounded up. */
  readonly liveBytes: number;
  /** Held for reuse: free buffers, and room in others that their tensors do not need; not part of liveBytes. */
  readonly pooledBytes: number;
  /** The most that liveBytes ever was. */
  readonly peakBytes: number;
}

/** A GPU device with its kernels, memory and open tape; everything else is made through it. */
export class Engine {
  readonly runtime: Runtime;
  readonly pool: BufferPool;
  readonly adapter: AdapterReport;
  /** Tensors larger than this are held in several buffers. */
  readonly maxBindingBytes: number;
  /** Variants pinned by kernel name, for benchmarks and tests; a pinned one that does not fit a shape is passed over. */
  readonly variants = new Map<string, string>();
  /** Set while a tape records; operations report to it. */
  recorder: Recorder | undefined;
  readonly #live = new Set<Tensor>();
  readonly #scopes: Set<Tensor>[] = [];
  #check: FiniteCheck | undefined;
  #disposed = false;

  private constructor(device: GPUDevice, adapter: AdapterReport, options: EngineOptions) {
    this.runtime = new Runtime(device);
    this.pool = new BufferPool(this.runtime);
    this.adapter = adapter;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    this.maxBindingBytes = Math.min(most, options.maxBindingBytes ?? most);
    if (options.check) this.#check = new FiniteCheck(this);
  }

  /** Finds an adapter, makes a device, and tries the adapter on a loop that some drivers cut short.
   * @throws GpuUnavailableError without a usable adapter */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const adapter = await requestAdapter(options.gpu);
    const device = await requestDevice(adapter, options.limits ?? "adapter");
    const engine = new Engine(device, describeAdapter(adapter), options);
    try {
      await engine.#tryLoops();
      return engine;
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  /** Listens: `compile` before a kernel is compiled, `dispatch` when one is encoded, `submit` with every submission, `lost`
   * when the device goes away.
   * @returns a function that stops listening */
  on<K extends keyof EngineEvents>(name: K, listener: (event: EngineEvents[K]) => void): () => void {
    return this.runtime.events.on(name, listener);
  }

  get device(): GPUDevice {
    return this.runtime.device;
  }

  get counts(): Readonly<RuntimeCounts> {
    return { ...this.runtime.counts };
  }

  /** A tensor with these values.
   * @throws ShapeError if the number of values is not that of the shape */
  tensor(data: TypedData | readonly number[], shape: Shape): Tensor {
    checkShape(shape, "tensor");
    const values = data instanceof Int32Array || data instanceof Float32Array ? data : Float32Array.from(data);
    if (values.length !== sizeOf(shape))
      throw new ShapeError(`tensor: ${values.length} values given, shape ${showShape(shape)} wants ${sizeOf(shape)}`);
    const tensor = this.#make(shape, values instanceof Int32Array ? "int32" : "float32", true);
    this.write(tensor, 0, values);
    return tensor;
  }

  /** A tensor whose values are whatever the memory held; for kernels to fill. */
  empty(shape: Shape, dtype: DType = "float32"): Tensor {
    checkShape(shape, "empty");
    return this.#make(shape, dtype, false);
  }

  /** A tensor to be filled by `write`, piece by piece, as weights are that are read from a file. */
  writable(shape: Shape): Tensor {
    checkShape(shape, "writable");
    return this.#make(shape, "float32", true);
  }

  /** A float32 tensor of zeros. */
  zeros(shape: Shape): Tensor {
    const tensor = this.empty(shape);
    for (const buffer of tensor.storage.buffers) this.runtime.clear({ buffer, offset: 0, size: buffer.size });
    return tensor;
  }

  /** Overwrites elements from flat index `start` on. For tensors fresh from `writable` or `tensor`: it runs ahead of
   * whatever is encoded.
   * @throws ShapeError if the values do not fit */
  write(tensor: Tensor, start: number, values: TypedData): void {
    this.runtime.assertAlive();
    if (this.runtime.ahead) return;
    const { buffers, partElements } = tensor.storage;
    for (let done = 0; done < values.length; ) {
      const at = start + done;
      const offset = at % partElements;
      const count = Math.min(values.length - done, partElements - offset);
      const buffer = buffers[Math.floor(at / partElements)];
      if (!buffer || at + count > tensor.size)
        throw new ShapeError(
          `write: elements ${start} to ${start + values.length} do not fit in ${showShape(tensor.shape)}`,
        );
      this.device.queue.writeBuffer(buffer, 4 * offset, values as Float32Array<ArrayBuffer>, done, count);
      done += count;
    }
  }

  /** Reads several tensors with one submission and one map.
   * @throws NonFiniteError in checked mode, KernelCompileError, OutOfMemoryError, DeviceLostError */
  async read(tensors: readonly Tensor[]): Promise<TypedData[]> {
    this.runtime.assertAlive();
    const check = this.#check;
    const wanted = check ? [...tensors, check.flag] : tensors;
    const pieces = wanted.map((tensor) => partRanges(tensor));
    const reading = this.runtime.read(pieces.flat());
    const labels = check?.next() ?? []; // submitted by now
    const buffers = await reading;
    const results = wanted.map((tensor, i) => joinParts(tensor, buffers.splice(0, pieces[i]?.length ?? 0)));
    check?.raise(results.pop(), labels);
    return results;
  }

  /** Waits for everything encoded so far. */
  async finish(): Promise<void> {
    await this.runtime.finish();
  }

  /** Frees every tensor made in `body` except those it returns: alone, or in arrays, maps and plain objects.
   * @throws DisposedError if `body` is async, since its tensors would be freed under it */
  scope<T>(body: () => T): T {
    const scope = new Set<Tensor>();
    this.#scopes.push(scope);
    try {
      const result = body();
      if (result instanceof Promise)
        throw new DisposedError("scope() takes a function that is not async: await outside it");
      for (const tensor of tensorsIn(result)) if (scope.delete(tensor)) this.#scopes.at(-2)?.add(tensor);
      return result;
    } finally {
      this.#scopes.pop();
      for (const tensor of scope) tensor.dispose();
    }
  }

  /** Takes a tensor out of every scope: its new owner disposes it. */
  keep(tensor: Tensor): Tensor {
    for (const scope of this.#scopes) scope.delete(tensor);
    return tensor;
  }

  /** Called by Tensor's constructor. */
  adopt(tensor: Tensor): void {
    this.#live.add(tensor);
    this.#scopes.at(-1)?.add(tensor);
  }

  /** Called by Tensor's dispose. */
  forget(tensor: Tensor): void {
    this.#live.delete(tensor);
    for (const scope of this.#scopes) scope.delete(tensor);
  }

  /** What is held now; no GPU work. */
  memory(): MemoryReport {
    const { liveBuffers, liveBytes, freeBytes, peakBytes } = this.pool;
    return { liveTensors: this.#live.size, liveBuffers, liveBytes, pooledBytes: freeBytes, peakBytes };
  }

  /** Encodes one kernel by the best variant for these shapes, or by the one that is pinned. */
  run<B extends string, U extends string, V extends string>(
    kernel: Kernel<B, U, V>,
    buffers: Readonly<Record<B, BufferRange>>,
    uniforms: Readonly<Record<U, number>>,
    pinned = this.variants.get(kernel.name),
  ): void {
    const erased = kernel as unknown as AnyKernel;
    const variant = chooseVariant(erased, uniforms, { adapter: this.adapter, pinned });
    this.runtime.dispatch(kernel, buffers, uniforms, variant as V);
  }

  /** In checked mode: encodes a look for NaN and infinity in `tensor`, to be reported as `label` by the next read. */
  inspect(tensor: Tensor, label: string): void {
    this.#check?.inspect(tensor, label);
  }

  /** Runs `body` in checked mode, whatever the engine was made with, and waits for it.
   * @throws NonFiniteError naming the first operation whose result, or what was handed to `inspect`, is not finite */
  async checked(body: () => void): Promise<void> {
    const outer = this.#check;
    this.#check ??= new FiniteCheck(this);
    const { flag } = this.#check;
    try {
      body();
      await this.read([]);
    } finally {
      this.#check = outer;
      if (!outer) flag.dispose();
    }
  }

  /** Times every dispatch of `body` on the GPU; undefined where the device has no timestamps. */
  async profile(body: () => void): Promise<ProfileEntry[] | undefined> {
    const started = this.runtime.startProfile();
    let entries: ProfileEntry[] | undefined;
    try {
      body();
    } finally {
      if (started) entries = await this.runtime.stopProfile();
    }
    return entries;
  }

  /** Frees all tensors and the device. Whatever is used afterwards, or still waits, fails with DisposedError. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const tensor of [...this.#live]) tensor.dispose();
    this.runtime.dispose();
    this.device.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #make(shape: Shape, dtype: DType, idle: boolean): Tensor {
    this.runtime.assertAlive();
    return new Tensor(this, shape, { dtype, idle });
  }

  async #tryLoops(): Promise<void> {
    const count = 70_000;
    using y = this.zeros([2]);
    this.runtime.dispatch(loopCanary, { y: y.range }, { count }, "naive");
    const [data] = await this.runtime.read([y.range]);
    const steps = new Uint32Array(data ?? new ArrayBuffer(4))[0];
    if (steps !== count)
      throw new GpuUnavailableError(
        `adapter "${this.adapter.name}" ended a loop of ${count} steps after ${steps}: its driver computes wrongly ` +
          "(Mesa's lavapipe before version 24 does). Use a newer driver: `npm run setup` unpacks one.",
      );
  }
}

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (value instanceof Map) return [...value.values()].flatMap(tensorsIn);
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.values(value).flatMap(tensorsIn);
  return [];
}

/** `scope` of the engine that made `tensor`; see Engine.scope. */
export function scope<T>(tensor: Tensor, body: () => T): T {
  return tensor.engine.scope(body);
}
