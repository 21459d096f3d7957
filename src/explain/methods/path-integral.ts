// The mean gradient on the straight path from a baseline to the pictures: at chosen points, or where it is hard to tell.
import { add, mul } from "../../autograd/ops/arithmetic.ts";
import { concat } from "../../autograd/ops/layout.ts";
import { sum } from "../../autograd/ops/reduce.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Question } from "../question.ts";
import { gradientsAt } from "./gradients-at.ts";
import type { QuadraturePoint } from "./quadrature.ts";
import { allScores, type PassOptions } from "./versions.ts";

/** Where the path begins, and the way from there to the recorded pictures, both of the input's size. */
export interface StraightPath {
  readonly from: Float32Array;
  readonly way: Float32Array;
}

/** A weighted sum of gradients on a path, to which more are added. */
export class PathIntegral {
  readonly #question: Question;
  readonly #path: StraightPath;
  readonly #options: PassOptions;
  #sum: Tensor | undefined;
  #passes = 0;

  constructor(question: Question, path: StraightPath, options: PassOptions) {
    this.#question = question;
    this.#path = path;
    this.#options = options;
  }

  /** Of the gradients, [targets, pictures * h * w * c]; this object's. */
  get sum(): Tensor {
    if (!this.#sum) throw new ShapeError("integratedGradients: no gradients");
    return this.#sum;
  }

  dispose(): void {
    this.#sum?.dispose();
  }

  /** Adds the gradients at points, weighted.
   * @returns for each row of the question the slopes of the target there: dy / d alpha */
  async add(points: readonly QuadraturePoint[]): Promise<Float32Array[]> {
    const { run, targets } = this.#question;
    const { engine, input, pictures } = run;
    const before = this.#passes;
    const { onProgress } = this.#options;
    const progress = onProgress && ((done: number, total: number) => onProgress(before + done, before + total));
    const version = (index: number) => this.#at(points[index]?.at ?? 0);
    const versions = { ...this.#options, onProgress: progress, count: points.length, version };
    const way = engine.keep(engine.tensor(this.#path.way, [1, 1, input.size]));
    const gathered = await gradientsAt(this.#question, versions, (gradients, [total, slopes], done) => {
      const size = gradients.shape[1] ?? 1;
      const weights = points.slice(done, done + size).map(({ weight }) => weight);
      const part = sum(mul(gradients, engine.tensor(weights, [1, size, 1])), { axes: [1] });
      const each = mul(gradients, way).withShape([targets.length, size, pictures, input.size / pictures]);
      const own = sum(each, { axes: [3] });
      return [total ? add(total, part) : part, slopes ? concat([slopes, own], 1) : own];
    }).finally(() => way.dispose());
    const [part, slopes] = gathered;
    if (!part || !slopes) throw new ShapeError("integratedGradients: no gradients");
    this.#passes += points.length;
    this.#take(part);
    try {
      return rowsOf(await slopes.read(), { points: points.length, pictures, rows: targets.length * pictures });
    } finally {
      slopes.dispose();
    }
  }

  /** The target's values at places of the path, a list for each row. */
  valuesAt(alphas: readonly number[]): Promise<Float32Array[]> {
    const { run } = this.#question;
    const { engine, input } = run;
    const make = (start: number, count: number) => {
      const data = new Float32Array(count * input.size);
      for (let i = 0; i < count; i++) data.set(this.#at(alphas[start + i] ?? 0), i * input.size);
      return engine.tensor(data, [count * run.pictures, ...input.shape.slice(1)]);
    };
    const { batch, signal } = this.#options;
    return allScores(this.#question, { from: input, count: alphas.length, make }, { batch, signal });
  }

  #at(alpha: number): Float32Array {
    const { from, way } = this.#path;
    return from.map((value, i) => value + alpha * (way[i] ?? 0));
  }

  #take(part: Tensor): void {
    const before = this.#sum;
    const { engine } = this.#question.run;
    this.#sum = before ? engine.keep(engine.scope(() => add(before, part))) : part;
    if (!before) return;
    before.dispose();
    part.dispose();
  }
}

/** @param slopes [targets, points, pictures] */
function rowsOf(
  slopes: ArrayLike<number>,
  { points, pictures, rows }: { readonly points: number; readonly pictures: number; readonly rows: number },
): Float32Array[] {
  return Array.from({ length: rows }, (_, row) => {
    const [target, picture] = [Math.floor(row / pictures), row % pictures];
    return Float32Array.from({ length: points }, (_one, i) => slopes[(target * points + i) * pictures + picture] ?? 0);
  });
}
