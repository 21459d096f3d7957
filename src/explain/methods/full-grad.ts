import { leakyRelu } from "../../autograd/ops/activations.ts";
import { add, div, mul, scale, sub } from "../../autograd/ops/arithmetic.ts";
import { concat, reshape } from "../../autograd/ops/layout.ts";
import { max, sum } from "../../autograd/ops/reduce.ts";
import { resize2d } from "../../autograd/ops/resize.ts";
import { copies } from "../../autograd/stretch.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../../errors.ts";
import type { Size } from "../../image/types.ts";
import type { Engine } from "../../tensor/engine.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { HeatMap } from "../heat-map.ts";
import { provenanceOf, type Question } from "../question.ts";
import { isSpatial } from "../recording.ts";
import type { Scalar } from "../targets.ts";
import { inputSize, rowOf } from "./class-maps.ts";
import { biasOf } from "./implicit-bias.ts";

/** How the terms of FullGrad are brought to one scale and one size. */
export interface FullGradOptions {
  /** What becomes 0 to 1 before the terms are added: each "channel" of a term by itself (default; the paper's formula, and
   * pytorch-grad-cam), or each "layer" as a whole (the authors' program). */
  readonly rescale?: "channel" | "layer" | undefined;
  /** How terms are enlarged: "half-pixel" (default; pytorch-grad-cam) or "align-corners" (the authors' program). */
  readonly resize?: "half-pixel" | "align-corners" | undefined;
}

/** Added to the range that a term is divided by, as pytorch-grad-cam does. */
const EPSILON = 1e-7;

/** FullGrad: the gradient times the input, and at every operation with a bias the gradient times that bias; absolute values,
 * rescaled, enlarged to the input and added. What has no height and width (a dense layer's bias) is left out of the map.
 *
 * Before they are rescaled all terms together are the target itself, if the network is piecewise linear and its pieces go
 * through 0, as ReLU's do: the provenance's `completenessError` is the difference over the target.
 * @throws UnknownNameError for an option that is none
 * @see    Srinivas and Fleuret 2019, eq. 3 and 6 */
export async function fullGrad(question: Question, options: FullGradOptions = {}): Promise<HeatMap[]> {
  const chosen = checked(options);
  const { run, targets } = question;
  return run.encode(() => {
    const asked = run.ask(targets);
    const [first] = asked;
    // targets of one tensor take one walk back
    const together = first && asked.every(({ y }) => y === first.y);
    const walks = together ? [{ y: first.y, seed: stacked(asked.map(({ seed }) => seed)) }] : asked;
    const parts = walks.map((scalar) => decompose(question, scalar, chosen));
    const tensors = (["map", "total", "target"] as const).map((name) => stacked(parts.map((part) => part[name])));
    return { tensors, finish: (data) => heatMaps(question, data, chosen) };
  });
}

type Chosen = { readonly [Name in keyof FullGradOptions]-?: NonNullable<FullGradOptions[Name]> };

function checked({ rescale = "channel", resize = "half-pixel" }: FullGradOptions): Chosen {
  if (rescale !== "channel" && rescale !== "layer")
    throw new UnknownNameError(`fullGrad: rescale is "${rescale}"; there are channel and layer`);
  if (resize !== "half-pixel" && resize !== "align-corners")
    throw new UnknownNameError(`fullGrad: resize is "${resize}"; there are half-pixel and align-corners`);
  return { rescale, resize };
}

function heatMaps(question: Question, [maps, totals, values]: TypedData[], chosen: Chosen): HeatMap[] {
  const rows = question.targets.length * question.run.pictures;
  const input = inputSize(question);
  return Array.from({ length: rows }, (_, row) => {
    const [total = 0, value = 0] = [totals?.[row], values?.[row]];
    const completenessError = value === 0 ? Math.abs(total) : Math.abs(total / value - 1);
    const about = { method: "fullgrad", rule: "gradient", options: { ...chosen, completenessError } };
    const data = rowOf(maps, { row, rows });
    return new HeatMap({ ...input, data }, { input, provenance: provenanceOf(question, row, about) });
  });
}

interface Decomposed {
  /** [rows, h, w] of the input */
  readonly map: Tensor;
  /** The sum of all terms, [rows]. */
  readonly total: Tensor;
  /** The scalar that they are to add up to, [rows]. */
  readonly target: Tensor;
}

/** The terms of one walk back, added up as they come, so that no layer's cotangent is kept. */
function decompose(question: Question, { y, seed }: Scalar, chosen: Chosen): Decomposed {
  const { engine, tape, input, pictures } = question.run;
  const size = inputSize(question);
  using map = new RunningSum(engine);
  using total = new RunningSum(engine);
  const take = (term: Tensor) => {
    total.add(sumOfRow(term));
    if (isSpatial(term)) map.add(enlarged(term, { ...chosen, ...size }));
  };
  const onCotangent = (node: TapeNode, dy: Tensor) =>
    engine.scope(() => {
      const bias = biasOf(node, tape);
      if (bias) take(mul(dy, bias));
    });
  const [dx] = tape.backward(y, { seed, wrt: [input], onCotangent });
  if (!dx) throw new ShapeError("fullGrad: no gradient at the input");
  const [rows = 1] = seed.shape;
  const repeated = (recorded: Tensor) => copies(recorded, rows / pictures);
  take(mul(repeated(input), dx));
  return {
    map: reshape(map.value, [rows, size.height, size.width]),
    total: reshape(total.value, [rows]),
    target: sumOfRow(mul(repeated(y), seed)),
  };
}

/** A sum that outlives the scopes in which its terms are made. */
class RunningSum {
  readonly #engine: Engine;
  #value: Tensor | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @throws ShapeError before the first term */
  get value(): Tensor {
    if (!this.#value) throw new ShapeError("fullGrad: there is nothing to add up");
    return this.#value;
  }

  add(term: Tensor): void {
    const before = this.#value;
    this.#value = this.#engine.keep(before ? add(before, term) : term.withShape(term.shape));
    before?.dispose();
  }

  [Symbol.dispose](): void {
    this.#value?.dispose();
  }
}

/** sum_k of the absolute values brought to 0..1, at another size: [rows, height, width, 1]. */
function enlarged(term: Tensor, { rescale, resize, height, width }: Chosen & Size): Tensor {
  const absolute = leakyRelu(term, { slope: -1 });
  const over = { axes: rescale === "channel" ? [1, 2] : [1, 2, 3], keepDims: true };
  const least = scale(max(scale(absolute, -1), over), -1);
  const range = scale(sub(max(absolute, over), least), 1, EPSILON);
  const rescaled = sum(div(sub(absolute, least), range), { axes: [3], keepDims: true });
  return resize2d(rescaled, { height, width, method: resize });
}

function sumOfRow(x: Tensor): Tensor {
  const rows = x.shape[0] ?? 1;
  return sum(reshape(x, [rows, x.size / rows]), { axes: [1] });
}

function stacked(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  return tensors.length === 1 && first ? first : concat(tensors, 0);
}
