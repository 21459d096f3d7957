import { NonFiniteError } from "../errors.ts";
import { nonFinite } from "../kernels/checks.ts";
import type { Engine } from "./engine.ts";
import { partRanges } from "./parts.ts";
import type { Tensor, TypedData } from "./tensor.ts";

/** All bits set: as an unsigned number, larger than any mark. */
const NOTHING_MARKED = -1;

/** What checked mode looks with: a number on the GPU that keeps the least mark of anything not finite. */
export class FiniteCheck {
  readonly #engine: Engine;
  /** Read it with everything else, and hand it to `raise`. */
  readonly flag: Tensor;
  #labels: string[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.flag = engine.keep(engine.tensor(new Int32Array([NOTHING_MARKED]), [1]));
  }

  /** Encodes a look for NaN and infinity in `tensor`, to be reported as `label`. */
  inspect(tensor: Tensor, label: string): void {
    if (tensor.dtype !== "float32" || tensor.size === 0) return;
    const mark = this.#labels.push(label) - 1;
    for (const range of partRanges(tensor))
      this.#engine.runtime.dispatch(
        nonFinite,
        { x: range, flag: this.flag.range },
        { n: range.size / 4, mark },
        "naive",
      );
  }

  /** Begins anew: what is inspected from here on is for the next read.
   * @returns the labels so far, for `raise` */
  next(): readonly string[] {
    const labels = this.#labels;
    this.#labels = [];
    this.#engine.write(this.flag, 0, new Int32Array([NOTHING_MARKED]));
    return labels;
  }

  /** @throws NonFiniteError if anything was marked */
  raise(flag: TypedData | undefined, labels: readonly string[]): void {
    const mark = flag?.[0] ?? NOTHING_MARKED;
    if (mark === NOTHING_MARKED) return;
    throw new NonFiniteError(
      `"${labels[mark] ?? "?"}" is the first operation whose result holds NaN or infinity. Look at its input and its weights.`,
    );
  }
}
