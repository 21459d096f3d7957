import { mul } from "../../autograd/ops/arithmetic.ts";
import { concat, reshape } from "../../autograd/ops/layout.ts";
import { sum } from "../../autograd/ops/reduce.ts";
import { copies } from "../../autograd/stretch.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { ShapeError, UnknownNameError } from "../../errors.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { HeatMap } from "../heat-map.ts";
import { provenanceOf, type Question } from "../question.ts";
import type { Encoded, WalkWatcher } from "../recording.ts";
import type { Scalar } from "../targets.ts";
import { inputSize, rowOf } from "./class-maps.ts";
import { FullGradTerms, type Rescale } from "./full-grad-terms.ts";
import type { InputWatcher } from "./gradient.ts";
import { biasOf } from "./implicit-bias.ts";

/** How the terms of FullGrad are brought to one scale and one size. */
export interface FullGradOptions {
  /** What becomes 0 to 1 before the terms are added: each "channel" of a term by itself (default; the paper's formula, and
   * pytorch-grad-cam), or each "layer" as a whole (the authors' program). */
  readonly rescale?: Rescale | undefined;
  /** How terms are enlarged: "half-pixel" (default; pytorch-grad-cam) or "align-corners" (the authors' program). */
  readonly resize?: "half-pixel" | "align-corners" | undefined;
}

/** FullGrad: the gradient times the input, and at every operation with a bias the gradient times that bias; absolute values,
 * rescaled, enlarged to the input and added. What has no height and width (a dense layer's bias) is left out of the map.
 *
 * Before they are rescaled all terms together are the target itself, if the network is piecewise linear and its pieces go
 * through 0, as ReLU's do: the provenance's `completenessError` is the difference over the target.
 * @param walk makes a walk of the plain gradient to the input, and shows it
 * @throws UnknownNameError for an option that is none
 * @see    Srinivas and Fleuret 2019, eq. 3 and 6 */
export async function fullGrad(
  question: Question,
  walk: (watcher: InputWatcher) => Promise<void>,
  options: FullGradOptions = {},
): Promise<HeatMap[]> {
  const chosen = checked(options);
  const walks: WalkTerms[] = [];
  const watch = (scalar: Scalar) => {
    const terms = new WalkTerms(question, scalar, chosen);
    walks.push(terms);
    return terms;
  };
  try {
    return await new Promise((resolve, reject) => {
      const finish = () => resolve(question.run.encode(() => heatMaps(question, walks, chosen)));
      walk({ watch, finish }).catch(reject);
    });
  } finally {
    for (const { terms } of walks) terms.dispose();
  }
}

type Chosen = { readonly [Name in keyof FullGradOptions]-?: NonNullable<FullGradOptions[Name]> };

function checked({ rescale = "channel", resize = "half-pixel" }: FullGradOptions): Chosen {
  if (rescale !== "channel" && rescale !== "layer")
    throw new UnknownNameError(`fullGrad: rescale is "${rescale}"; there are channel and layer`);
  if (resize !== "half-pixel" && resize !== "align-corners")
    throw new UnknownNameError(`fullGrad: resize is "${resize}"; there are half-pixel and align-corners`);
  return { rescale, resize };
}

/** The terms of one walk back. */
class WalkTerms implements WalkWatcher {
  readonly terms: FullGradTerms;
  readonly #question: Question;
  readonly #scalar: Scalar;
  readonly #resize: Chosen["resize"];

  constructor(question: Question, scalar: Scalar, { rescale, resize }: Chosen) {
    this.terms = new FullGradTerms(question.run.engine, rescale);
    this.#question = question;
    this.#scalar = scalar;
    this.#resize = resize;
  }

  onCotangent(node: TapeNode, dy: Tensor): void {
    const { engine, tape } = this.#question.run;
    engine.scope(() => {
      const bias = biasOf(node, tape);
      if (bias) this.terms.add(dy, bias);
    });
  }

  end([dx]: readonly Tensor[]): void {
    if (!dx) throw new ShapeError("fullGrad: no gradient at the input");
    const { engine, input } = this.#question.run;
    engine.scope(() => this.terms.add(mul(this.#repeated(input), dx), engine.tensor([1], [1])));
  }

  /** [rows, h, w] */
  map(): Tensor {
    const { height, width } = inputSize(this.#question);
    const map = this.terms.map({ height, width, method: this.#resize });
    const rows = this.#scalar.seed.shape[0] ?? 1;
    return map ? reshape(map, [rows, height, width]) : this.#question.run.engine.zeros([rows, height, width]);
  }

  /** What all terms are to add up to, [rows]. */
  target(): Tensor {
    const { y, seed } = this.#scalar;
    const [rows = 1] = seed.shape;
    return sum(reshape(mul(this.#repeated(y), seed), [rows, seed.size / rows]), { axes: [1] });
  }

  #repeated(recorded: Tensor): Tensor {
    const times = (this.#scalar.seed.shape[0] ?? 1) / this.#question.run.pictures;
    return times === 1 ? recorded : copies(recorded, times);
  }
}

/** Reads the maps, the targets' values, and the ranges of all terms, whose sums are added up here. */
function heatMaps(question: Question, walks: readonly WalkTerms[], chosen: Chosen): Encoded<HeatMap[]> {
  const rows = question.targets.length * question.run.pictures;
  const input = inputSize(question);
  const ranges = walks.map(({ terms }) => terms.ranges);
  const tensors = [
    concat(
      walks.map((walk) => walk.map()),
      0,
    ),
    concat(
      walks.map((walk) => walk.target()),
      0,
    ),
  ];
  const finish = ([maps, values, ...read]: TypedData[]) => {
    const totals = ranges.flatMap((terms) => totalsOf(read.splice(0, terms.length), rows / walks.length));
    return Array.from({ length: rows }, (_, row) => {
      const [total = 0, value = 0] = [totals[row], values?.[row]];
      const completenessError = value === 0 ? Math.abs(total) : Math.abs(total / value - 1);
      const about = { method: "fullgrad", rule: "gradient", options: { ...chosen, completenessError } };
      const data = rowOf(maps, { row, rows });
      return new HeatMap({ ...input, data }, { input, provenance: provenanceOf(question, row, about) });
    });
  };
  return { tensors: [...tensors, ...ranges.flat()], finish };
}

/** The sum of all terms of each row.
 * @param ranges of each term [rows, 3, c], the sums last */
function totalsOf(ranges: readonly TypedData[], rows: number): number[] {
  return Array.from({ length: rows }, (_, row) => {
    let total = 0;
    for (const range of ranges) {
      const third = range.length / rows / 3;
      for (const one of range.subarray((3 * row + 2) * third, (3 * row + 3) * third)) total += one;
    }
    return total;
  });
}
