import process from "node:process";
import { endings } from "./files.host.ts";

/** Ctrl-C, or a request to end: work that can be taken up again stops at a good place and saves. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #handlers: readonly { readonly signal: string; readonly stop: () => void }[];
  #code: number | undefined;

  /** @param onStop called once; the next signal ends the process at once */
  constructor(onStop: () => void) {
    this.#handlers = Object.entries(endings).map(([signal, code]) => {
      const stop = () => {
        this.release();
        this.#code = code;
        this.#controller.abort();
        onStop();
      };
      return { signal, stop };
    });
    for (const { signal, stop } of this.#handlers) process.once(signal, stop);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** By which a shell knows how the program ended; undefined if nobody interrupted it. */
  get exitCode(): number | undefined {
    return this.#code;
  }

  /** Signals do again what they did before. */
  release(): void {
    for (const { signal, stop } of this.#handlers) process.off(signal, stop);
  }
}
