import { DeviceLostError, KernelCompileError, OutOfMemoryError, ShapeError } from "../errors.ts";
import { type AnyKernel, type Kernel, shaderOf } from "./define.ts";

/** A stretch of a buffer, in bytes. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** How often each thing happened since the runtime was made. */
export interface RuntimeCounts {
  dispatches: number;
  submissions: number;
  readbacks: number;
}

/** One dispatch as the profiler saw it. */
export interface ProfileEntry {
  readonly label: string;
  readonly kernel: string;
  readonly variant: string;
  readonly elapsedNs: number;
}

interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

interface Compiled {
  readonly name: string;
  readonly code: string;
  readonly module: GPUShaderModule;
}

/** Uniform buffers kept for reuse; past this they are dropped at the next submission. */
const MAX_UNIFORM_BUFFERS = 8192;
const MAX_PROFILED = 2048;

/** Encodes kernels into as few submissions as the caller allows, and collects what went wrong in each. */
export class Runtime {
  readonly device: GPUDevice;
  readonly counts: RuntimeCounts = { dispatches: 0, submissions: 0, readbacks: 0 };
  /** Number of the submission now being encoded; a buffer freed at serial s is idle for the CPU once serial > s. */
  serial = 0;
  /** Name put on the dispatches that follow, for profiles and error messages. */
  label = "";
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #uniforms = new Map<string, GPUBuffer>();
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #compiled: Compiled[] = [];
  #failures: Promise<Error | undefined>[] = [];
  #lost: Error | undefined;
  readonly #whenLost: Promise<never>;
  #profile: { entries: Omit<ProfileEntry, "elapsedNs">[]; query: GPUQuerySet } | undefined;

  constructor(device: GPUDevice) {
    this.device = device;
    this.#whenLost = device.lost.then((info) => {
      this.#lost = new DeviceLostError(
        `the GPU device was lost (${info.reason || "unknown"}): ${info.message || "no further word"}. Make a new Engine.`,
      );
      throw this.#lost;
    });
    this.#whenLost.catch(() => undefined); // the rejection is read by whoever waits; nobody waiting is no fault
    this.#pushScopes();
  }

  /** @throws DeviceLostError once the device is gone */
  assertAlive(): void {
    if (this.#lost) throw this.#lost;
  }

  /** True while commands are encoded that the queue has not seen. */
  get pending(): boolean {
    return this.#encoder !== undefined;
  }

  /** Encodes one kernel; it runs at the next `flush`. */
  dispatch<B extends string, U extends string, V extends string>(
    kernel: Kernel<B, U, V>,
    buffers: Readonly<Record<B, BufferRange>>,
    uniforms: Readonly<Record<U, number>>,
    variant: V | "naive",
  ): void {
    this.assertAlive();
    const grid = kernel.variants[variant].grid(uniforms);
    if (grid.some((count) => count > 65535))
      throw new ShapeError(`${kernel.name} (${variant}): ${grid} workgroups, at most 65535 in each direction`);
    if (grid.some((count) => count === 0)) return;
    const erased = kernel as unknown as AnyKernel;
    const { pipeline, layout } = this.#pipeline(erased, variant);
    const ranges = kernel.bindingNames.map((name): BufferRange => buffers[name]);
    this.#rejectAliases(erased, ranges);
    const entries: GPUBindGroupEntry[] = ranges.map((resource, binding) => ({ binding, resource }));
    if (kernel.uniformNames.length > 0)
      entries.push({ binding: entries.length, resource: { buffer: this.#uniformBuffer(erased, uniforms) } });
    const bindGroup = this.device.createBindGroup({ layout, entries });
    const pass = this.#beginPass(erased.name, variant);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...grid);
    this.counts.dispatches++;
    if (this.#profile) this.#endPass();
  }

  /** Encodes a copy between buffers (sizes and offsets in bytes, multiples of 4). */
  copy(from: BufferRange, to: BufferRange): void {
    this.assertAlive();
    this.#endPass();
    this.#begin().copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, from.size);
  }

  /** Encodes filling a range with zeros. */
  clear(range: BufferRange): void {
    this.assertAlive();
    this.#endPass();
    this.#begin().clearBuffer(range.buffer, range.offset, range.size);
  }

  /** Hands everything encoded so far to the queue. */
  flush(): void {
    this.assertAlive();
    this.#endPass();
    if (!this.#encoder) return;
    this.device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.counts.submissions++;
    this.serial++;
    this.#popScopes();
    this.#pushScopes();
    if (this.#uniforms.size > MAX_UNIFORM_BUFFERS) this.#dropUniforms();
  }

  /** Waits until the queue is empty.
   * @throws the first failure of anything encoded since the last wait */
  async finish(): Promise<void> {
    this.flush();
    await Promise.race([this.device.queue.onSubmittedWorkDone(), this.#whenLost]);
    await this.#settle();
  }

  /** Reads ranges back with one submission and one map. */
  async read(ranges: readonly BufferRange[]): Promise<ArrayBuffer[]> {
    this.assertAlive();
    const offsets: number[] = [];
    let size = 0;
    for (const range of ranges) {
      offsets.push(size);
      size += range.size;
    }
    const staging = this.device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    try {
      for (const [i, range] of ranges.entries())
        this.copy(range, { buffer: staging, offset: offsets[i] ?? 0, size: range.size });
      this.flush();
      this.counts.readbacks++;
      // a failed batch makes mapAsync fail too: the batch's own error says more
      const mapped = staging.mapAsync(GPUMapMode.READ).then(
        () => undefined,
        (error: unknown) => error,
      );
      const mapError = await Promise.race([mapped, this.#whenLost]);
      await this.#settle();
      if (mapError) throw mapError;
      this.assertAlive();
      const mappedRange = staging.getMappedRange();
      return ranges.map(({ size: bytes }, i) => mappedRange.slice(offsets[i], (offsets[i] ?? 0) + bytes));
    } finally {
      staging.destroy();
    }
  }

  /** Starts timing every dispatch by GPU timestamps; false where the device cannot. */
  startProfile(): boolean {
    if (!this.device.features.has("timestamp-query")) return false;
    this.flush();
    this.#profile = { entries: [], query: this.device.createQuerySet({ type: "timestamp", count: 2 * MAX_PROFILED }) };
    return true;
  }

  /** Ends timing; entries in the order of the dispatches, at most 2,048. */
  async stopProfile(): Promise<ProfileEntry[]> {
    const profile = this.#profile;
    if (!profile) return [];
    this.#endPass();
    this.#profile = undefined;
    const count = profile.entries.length;
    if (count === 0) return [];
    const size = count * 16;
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    const buffer = this.device.createBuffer({ size, usage });
    this.#begin().resolveQuerySet(profile.query, 0, 2 * count, buffer, 0);
    const [ticks] = await this.read([{ buffer, offset: 0, size }]);
    buffer.destroy();
    profile.query.destroy();
    const times = new BigUint64Array(ticks ?? new ArrayBuffer(0));
    return profile.entries.map((entry, i) => ({
      ...entry,
      elapsedNs: Number((times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n)),
    }));
  }

  /** Frees what the runtime holds; the device is the caller's. */
  dispose(): void {
    this.#endPass();
    this.#encoder = undefined;
    this.#dropUniforms();
    this.#pipelines.clear();
  }

  #begin(): GPUCommandEncoder {
    this.#encoder ??= this.device.createCommandEncoder();
    return this.#encoder;
  }

  #beginPass(kernel: string, variant: string): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    const profile = this.#profile;
    const i = profile?.entries.length ?? 0;
    if (profile && i < MAX_PROFILED) {
      profile.entries.push({ label: this.label, kernel, variant });
      const timestampWrites = {
        querySet: profile.query,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      };
      this.#pass = this.#begin().beginComputePass({ timestampWrites });
    } else this.#pass = this.#begin().beginComputePass();
    return this.#pass;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #pipeline(kernel: AnyKernel, variant: string): Pipeline {
    const key = `${kernel.name}/${variant}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const code = shaderOf(kernel, variant);
    const module = this.device.createShaderModule({ label: key, code });
    this.#compiled.push({ name: key, code, module });
    const types: GPUBufferBindingType[] = Object.values(kernel.bindings).map((access) =>
      access === "read" ? "read-only-storage" : "storage",
    );
    if (kernel.uniformNames.length > 0) types.push("uniform");
    const layout = this.device.createBindGroupLayout({
      label: key,
      entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
    });
    const pipeline = this.device.createComputePipeline({
      label: key,
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    const made = { pipeline, layout };
    this.#pipelines.set(key, made);
    return made;
  }

  /** WebGPU forbids one buffer as read and write in one dispatch; the driver's own message would not name it. */
  #rejectAliases(kernel: AnyKernel, ranges: readonly BufferRange[]): void {
    kernel.bindingNames.forEach((name, i) => {
      if (kernel.bindings[name] === "read") return;
      const j = ranges.findIndex((range, k) => k !== i && range.buffer === ranges[i]?.buffer);
      if (j >= 0) throw new ShapeError(`${kernel.name}: ${name} and ${kernel.bindingNames[j]} are the same buffer`);
    });
  }

  #uniformBuffer(kernel: AnyKernel, uniforms: Readonly<Record<string, number>>): GPUBuffer {
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
    const known = this.#uniforms.get(key);
    if (known) return known;
    const buffer = this.device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.device.queue.writeBuffer(buffer, 0, view.buffer);
    this.#uniforms.set(key, buffer);
    return buffer;
  }

  #dropUniforms(): void {
    for (const buffer of this.#uniforms.values()) buffer.destroy();
    this.#uniforms.clear();
  }

  #pushScopes(): void {
    this.device.pushErrorScope("validation");
    this.device.pushErrorScope("out-of-memory");
  }

  #popScopes(): void {
    const compiled = this.#compiled;
    this.#compiled = [];
    const scopes = [this.device.popErrorScope(), this.device.popErrorScope()] as const;
    this.#failures.push(failureOf(scopes, compiled));
  }

  async #settle(): Promise<void> {
    const failures = await Promise.all(this.#failures.splice(0));
    const failure = failures.find((error) => error !== undefined);
    if (failure) throw failure;
  }
}

async function failureOf(
  scopes: readonly [Promise<GPUError | null>, Promise<GPUError | null>],
  compiled: readonly Compiled[],
): Promise<Error | undefined> {
  // a lost device rejects the scopes; DeviceLostError is raised elsewhere and says more
  const [memory, validation] = await Promise.all(scopes.map((scope) => scope.catch(() => null)));
  if (memory) return new OutOfMemoryError(`the GPU is out of memory: ${memory.message}`);
  if (!validation) return undefined;
  for (const { name, code, module } of compiled) {
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter((message) => message.type === "error");
    const text = errors.map((e) => `${e.lineNum}:${e.linePos} ${e.message}`).join("\n");
    if (errors.length > 0 || validation.message.includes(name))
      return new KernelCompileError(`${name} does not compile: ${text || validation.message}\n${numbered(code)}`);
  }
  return new KernelCompileError(`the GPU refused a command: ${validation.message}`);
}

function numbered(code: string): string {
  return code
    .split("\n")
    .map((line, i) => `${String(i + 1).padStart(4)} ${line}`)
    .join("\n");
}
