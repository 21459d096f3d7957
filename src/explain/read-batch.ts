import type { Engine } from "../tensor/engine.ts";
import type { Tensor, TypedData } from "../tensor/tensor.ts";

interface Waiting {
  readonly tensors: readonly Tensor[];
  readonly done: (data: TypedData[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Collects what is asked for in one turn of the event loop and reads it with one submission and one map. */
export class ReadBatch {
  readonly #engine: Engine;
  #waiting: Waiting[] = [];
  /** Work put off to the end of the turn. */
  #putOff: (() => void)[] = [];
  #due = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @param free whether the tensors are disposed once read */
  add<T>(tensors: readonly Tensor[], finish: (data: TypedData[]) => T, free = false): Promise<T> {
    this.#schedule();
    const data = new Promise<TypedData[]>((done, failed) => {
      this.#waiting.push({ tensors, done, failed });
    });
    const freed = data.finally(() => {
      if (free) for (const tensor of tensors) tensor.dispose();
    });
    return freed.then(finish);
  }

  /** Puts work off to the end of the turn, or to `begin`; what it adds is read with the rest. */
  before(work: () => void): void {
    this.#schedule();
    this.#putOff.push(work);
  }

  /** Begins what was put off. */
  begin(): void {
    for (const work of this.#putOff.splice(0)) work();
  }

  #schedule(): void {
    if (!this.#due) queueMicrotask(() => this.#read());
    this.#due = true;
  }

  #read(): void {
    this.begin();
    this.#due = false;
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#readAll(batch).catch((error: unknown) => {
      for (const { failed } of batch) failed(error);
    });
  }

  async #readAll(batch: readonly Waiting[]): Promise<void> {
    const data = await this.#engine.read(batch.flatMap(({ tensors }) => tensors));
    let next = 0;
    for (const { tensors, done } of batch) {
      done(data.slice(next, next + tensors.length));
      next += tensors.length;
    }
  }
}
