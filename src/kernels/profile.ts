/** One dispatch as the profiler saw it. */
export interface ProfileEntry {
  readonly label: string;
  readonly kernel: string;
  readonly variant: string;
  readonly elapsedNs: number;
}

/** WebGPU allows 4,096 timestamps in a set. */
const MAX_PROFILED = 2048;

/** Timestamps around passes of one dispatch each. */
export class Profile {
  readonly #entries: Omit<ProfileEntry, "elapsedNs">[] = [];
  readonly #query: GPUQuerySet;

  constructor(device: GPUDevice) {
    this.#query = device.createQuerySet({ type: "timestamp", count: 2 * MAX_PROFILED });
  }

  get count(): number {
    return this.#entries.length;
  }

  /** How to time the pass that begins; undefined once all timestamps are taken. */
  next(entry: Omit<ProfileEntry, "elapsedNs">): GPUComputePassTimestampWrites | undefined {
    const i = this.#entries.length;
    if (i >= MAX_PROFILED) return undefined;
    this.#entries.push(entry);
    return { querySet: this.#query, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
  }

  /** Encodes writing all timestamps, 16 bytes an entry, to a buffer. */
  resolve(encoder: GPUCommandEncoder, buffer: GPUBuffer): void {
    encoder.resolveQuerySet(this.#query, 0, 2 * this.count, buffer, 0);
  }

  /** @param ticks what `resolve` wrote, in nanoseconds */
  results(ticks: BigUint64Array): ProfileEntry[] {
    return this.#entries.map((entry, i) => ({
      ...entry,
      elapsedNs: Number((ticks[2 * i + 1] ?? 0n) - (ticks[2 * i] ?? 0n)),
    }));
  }

  dispose(): void {
    this.#query.destroy();
  }
}
