import { DeviceLostError, DisposedError, OutOfMemoryError, ShapeError } from "../errors.ts";
import { BindGroups } from "./bind-groups.ts";
import { type AnyKernel, type Kernel, MAX_GROUPS } from "./define.ts";
import { Emitter, type EngineEvents } from "./events.ts";
import { type Compiled, failureOf } from "./failures.ts";
import { type BufferRange, compile, type Pipeline, rejectAliases } from "./pipeline.ts";
import { Placeholders } from "./placeholders.ts";
import { Profile, type ProfileEntry } from "./profile.ts";
import { UniformBuffers } from "./uniforms.ts";

export type { BufferRange } from "./pipeline.ts";
export type { ProfileEntry } from "./profile.ts";

/** How often each thing happened since the runtime was made. */
export interface RuntimeCounts {
  dispatches: number;
  submissions: number;
  readbacks: number;
}

/** A lost device may tell of it only after the command that failed by it. */
const LOSS_SETTLES_MS = 50;

/** Encodes kernels into as few submissions as the caller allows, and collects what went wrong in each. */
export class Runtime {
  readonly device: GPUDevice;
  readonly counts: RuntimeCounts = { dispatches: 0, submissions: 0, readbacks: 0 };
  /** Number of the submission now being encoded; a buffer freed at serial s is idle for the CPU once serial > s. */
  serial = 0;
  /** Serials of the submissions before which the GPU refused memory: the buffers made then are none. */
  readonly refused = new Set<number>();
  /** Name put on the dispatches that follow, for profiles and error messages. */
  label = "";
  /** Set while `compileAhead` runs: nothing is to be computed or written. */
  ahead: Placeholders | undefined;
  readonly events = new Emitter<EngineEvents>();
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #uniforms: UniformBuffers;
  readonly #groups: BindGroups;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #compiled: Compiled[] = [];
  #failures: Promise<Error | undefined>[] = [];
  #lost: Error | undefined;
  readonly #whenLost: Promise<never>;
  #profile: Profile | undefined;
  /** Dispatches since the last submission. */
  #encoded = 0;

  constructor(device: GPUDevice) {
    this.device = device;
    this.#uniforms = new UniformBuffers(device);
    this.#groups = new BindGroups(device);
    this.#whenLost = device.lost.then(({ reason, message }) => {
      if (this.#lost) throw this.#lost; // disposed
      const error = new DeviceLostError(
        `the GPU device was lost (${reason || "unknown"}): ${message || "no further word"}. Make a new Engine.`,
      );
      this.#lost = error;
      this.events.emit("lost", error);
      throw error;
    });
    this.#whenLost.catch(() => undefined); // the rejection is read by whoever waits; nobody waiting is no fault
    this.#pushScopes();
  }

  /** @throws DeviceLostError once the device is gone, DisposedError once the runtime is disposed */
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
    if (grid.some((count) => count > MAX_GROUPS))
      throw new ShapeError(`${kernel.name} (${variant}): ${grid} workgroups, at most ${MAX_GROUPS} in each direction`);
    const isCompiled = this.ahead && this.#pipelines.has(`${kernel.name}/${variant}`);
    if (isCompiled || grid.some((count) => count === 0)) return;
    const erased = kernel as unknown as AnyKernel;
    const program = this.#pipeline(erased, variant);
    const ranges = kernel.bindingNames.map((name, i): BufferRange => this.ahead?.ranges[i] ?? buffers[name]);
    rejectAliases(erased, ranges);
    if (kernel.uniformNames.length > 0) ranges.push(this.#uniforms.take(erased, uniforms));
    const pass = this.#beginPass(erased.name, variant);
    pass.setPipeline(program.pipeline);
    pass.setBindGroup(0, this.#groups.take(program, ranges));
    pass.dispatchWorkgroups(...(this.ahead ? ([1, 1, 1] as const) : grid));
    this.counts.dispatches++;
    this.#encoded++;
    if (!this.ahead) this.events.emit("dispatch", { kernel: kernel.name, variant, label: this.label });
    if (this.#profile) this.#endPass();
  }

  /** Encodes a copy between buffers (sizes and offsets in bytes, multiples of 4). */
  copy(from: BufferRange, to: BufferRange): void {
    this.assertAlive();
    if (this.ahead) return;
    this.#endPass();
    this.#begin().copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, from.size);
  }

  /** Encodes filling a range with zeros. */
  clear(range: BufferRange): void {
    this.assertAlive();
    if (this.ahead) return;
    this.#endPass();
    this.#begin().clearBuffer(range.buffer, range.offset, range.size);
  }

  /** Compiles all that `body` dispatches, and computes none of it: tensors hold whatever the memory held. Each pipeline
   * that is new runs once, in one workgroup over nothing, since drivers put off most of compiling until then. */
  compileAhead(body: () => void): void {
    this.flush();
    const placeholders = new Placeholders(this.device);
    this.ahead = placeholders;
    try {
      body();
    } finally {
      this.ahead = undefined;
      this.flush();
      placeholders.dispose();
    }
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
    if (this.#uniforms.full) this.#uniforms.drop();
    this.events.emit("submit", { dispatches: this.#encoded });
    this.#encoded = 0;
  }

  /** Waits until the queue is empty.
   * @throws the first failure of anything encoded since the last wait */
  async finish(): Promise<void> {
    this.flush();
    // Writes wait for a submission, in copies of their own, though nothing was encoded.
    this.device.queue.submit([]);
    await this.#completed(this.device.queue.onSubmittedWorkDone());
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
      await this.#completed(staging.mapAsync(GPUMapMode.READ));
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
    this.#profile = new Profile(this.device);
    return true;
  }

  /** Ends timing; entries in the order of the dispatches, at most 2,048. */
  async stopProfile(): Promise<ProfileEntry[]> {
    const profile = this.#profile;
    if (!profile) return [];
    this.#endPass();
    this.#profile = undefined;
    if (profile.count === 0) {
      profile.dispose();
      return [];
    }
    const size = profile.count * 16;
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    const buffer = this.device.createBuffer({ size, usage });
    try {
      profile.resolve(this.#begin(), buffer);
      const [ticks] = await this.read([{ buffer, offset: 0, size }]);
      return profile.results(new BigUint64Array(ticks ?? new ArrayBuffer(0)));
    } finally {
      buffer.destroy();
      profile.dispose();
    }
  }

  /** Frees what the runtime holds; the device is the caller's. */
  dispose(): void {
    this.#lost ??= new DisposedError("this engine was disposed; make a new one with Engine.create()");
    this.#endPass();
    this.#encoder = undefined;
    this.#uniforms.drop();
    this.#pipelines.clear();
  }

  #begin(): GPUCommandEncoder {
    this.#encoder ??= this.device.createCommandEncoder();
    return this.#encoder;
  }

  #beginPass(kernel: string, variant: string): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    const timestampWrites = this.#profile?.next({ label: this.label, kernel, variant });
    this.#pass = this.#begin().beginComputePass(timestampWrites ? { timestampWrites } : {});
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
    this.events.emit("compile", { kernel: kernel.name, variant });
    const { pipeline, compiled } = compile(this.device, kernel, variant);
    this.#compiled.push(compiled);
    this.#pipelines.set(key, pipeline);
    return pipeline;
  }

  #pushScopes(): void {
    this.device.pushErrorScope("validation");
    this.device.pushErrorScope("out-of-memory");
  }

  #popScopes(): void {
    const compiled = this.#compiled;
    this.#compiled = [];
    const scopes = { memory: this.device.popErrorScope(), validation: this.device.popErrorScope() };
    const made = this.serial - 1;
    const failure = failureOf(scopes, compiled).then((error) => {
      if (error instanceof OutOfMemoryError) this.refused.add(made);
      // the next use is to compile and bind it anew, and to say again what is wrong
      if (!error) return undefined;
      this.#groups.drop();
      for (const { name } of compiled) this.#pipelines.delete(name);
      return error;
    });
    this.#failures.push(failure);
  }

  /** Waits for something the queue does.
   * @throws what went wrong in our words, rather than how the runtime's promise put it */
  async #completed(work: Promise<unknown>): Promise<void> {
    const caught = work.then(
      () => undefined,
      (error: unknown) => error,
    );
    const workError = await Promise.race([caught, this.#whenLost]);
    const failures = await Promise.all(this.#failures.splice(0));
    const failure = failures.find((error) => error !== undefined) ?? workError;
    if (failure) await this.#rejectIfLost();
    this.assertAlive();
    if (failure) throw failure;
  }

  /** A failure may be how a loss shows first. */
  async #rejectIfLost(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LOSS_SETTLES_MS);
    });
    try {
      await Promise.race([this.#whenLost, waited]);
    } finally {
      clearTimeout(timer);
    }
  }
}
