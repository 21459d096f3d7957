import { add } from "../../autograd/ops/arithmetic.ts";
import { max } from "../../autograd/ops/reduce.ts";
import { type ResizeOptions, resize2d } from "../../autograd/ops/resize.ts";
import { rescaledTerms, termRange } from "../../autograd/ops/terms.ts";
import type { Size } from "../../image/types.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { isSpatial } from "../recording.ts";

/** Added to the range that a term is divided by, as pytorch-grad-cam does. */
const EPSILON = 1e-7;

/** What becomes 0 to 1 before terms are added: each channel of a term by itself, or each layer as a whole. */
export type Rescale = "channel" | "layer";

/** Terms b_c x, absolute and rescaled, added up as they come: of each size one sum, so that no layer's cotangent is kept. */
export class FullGradTerms implements Disposable {
  /** What `termRange` says of each term, [rows, 3, c]. */
  readonly ranges: Tensor[] = [];
  readonly #engine: Engine;
  readonly #rescale: Rescale;
  /** [rows, h, w, 1] by height and width. */
  readonly #sums = new Map<string, Tensor>();

  constructor(engine: Engine, rescale: Rescale) {
    this.#engine = engine;
    this.#rescale = rescale;
  }

  /** @param x [rows, ..., c]
   *  @param b [c], or [1] for all channels */
  add(x: Tensor, b: Tensor): void {
    const range = this.#engine.keep(termRange(x, b));
    this.ranges.push(range);
    if (!isSpatial(x)) return;
    const size = x.shape.slice(1, 3).join();
    const before = this.#sums.get(size);
    const ends = this.#rescale === "channel" ? range : max(range, { axes: [2], keepDims: true });
    this.#sums.set(size, this.#engine.keep(rescaledTerms(x, { b, range: ends, epsilon: EPSILON, before })));
    before?.dispose();
  }

  /** All terms at one size, [rows, height, width, 1]; resizing is linear, so it does not matter that it comes last. */
  map(size: Size & Pick<ResizeOptions, "method">): Tensor | undefined {
    const resized = [...this.#sums.values()].map((one) => resize2d(one, size));
    return resized.reduce<Tensor | undefined>((sum, one) => (sum ? add(sum, one) : one), undefined);
  }

  dispose(): void {
    for (const tensor of [...this.ranges, ...this.#sums.values()]) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
