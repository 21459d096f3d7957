import process from "node:process";

/** Where the command writes: results on standard output, everything else on standard error. */
export class Terminal {
  readonly json: boolean;
  #lineOpen = false;
  #lastDrawn = 0;

  constructor(options: { json: boolean }) {
    this.json = options.json;
  }

  /** Whether a person is watching. */
  get watched(): boolean {
    return process.stderr.isTTY === true;
  }

  /** One line for people; on standard error where standard output carries JSON. */
  say(text: string): void {
    this.#closeLine();
    (this.json ? process.stderr : process.stdout).write(`${text}\n`);
  }

  /** One line that is not a result: what was assumed, what was left out. */
  note(text: string): void {
    this.#closeLine();
    process.stderr.write(`${text}\n`);
  }

  /** The machine's output, where it was asked for. */
  result(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** Says how far a long piece of work is: on a terminal by redrawing one line, in a log by one line every 10 s. */
  progress(what: string, done: number, total: number): void {
    const finished = done >= total;
    const pause = this.watched ? 100 : 10_000;
    const now = Date.now();
    if (this.#lastDrawn === 0 && !this.watched) this.#lastDrawn = now;
    if (!finished && now - this.#lastDrawn < pause) return;
    this.#lastDrawn = now;
    const text = `${what} ${Math.floor((100 * done) / Math.max(1, total))} %`;
    if (!this.watched) {
      if (!finished) process.stderr.write(`${text}\n`);
      return;
    }
    process.stderr.write(`\r\x1b[K${text}`);
    this.#lineOpen = true;
    if (finished) this.#closeLine();
  }

  #closeLine(): void {
    if (this.#lineOpen) process.stderr.write("\r\x1b[K");
    this.#lineOpen = false;
  }
}
