// A terminal that keeps what is written to it.
import { Terminal } from "../../src/cli/terminal.host.ts";

export class Notebook extends Terminal {
  readonly lines: string[] = [];
  readonly notes: string[] = [];
  readonly results: unknown[] = [];
  readonly #onProgress: (what: string) => void;

  constructor(onProgress: (what: string) => void = () => {}) {
    super({ json: false });
    this.#onProgress = onProgress;
  }

  override say(text: string): void {
    this.lines.push(text);
  }

  override note(text: string): void {
    this.notes.push(text);
  }

  override progress(what: string): void {
    this.#onProgress(what);
  }

  override result(value: unknown): void {
    this.results.push(value);
  }
}
