/** Splits the time since it was made into named phases. */
export class Stopwatch {
  readonly #laps = new Map<string, number>();
  #last = performance.now();

  /** Gives the time since the last call to a phase; a phase named twice collects both. */
  lap(phase: string): void {
    const now = performance.now();
    this.#laps.set(phase, (this.#laps.get(phase) ?? 0) + now - this.#last);
    this.#last = now;
  }

  /** In the order in which the phases first ended; milliseconds. */
  get laps(): (readonly [phase: string, elapsedMs: number])[] {
    return [...this.#laps];
  }
}
