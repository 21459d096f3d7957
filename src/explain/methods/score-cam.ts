import { mul, scale, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import { permute } from "../../autograd/ops/permute.ts";
import { max } from "../../autograd/ops/reduce.ts";
import { type ResizeOptions, resize2d } from "../../autograd/ops/resize.ts";
import type { TapeNode } from "../../autograd/tape.ts";
import { UnknownNameError } from "../../errors.ts";
import { copyElements } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import { heatMaps, inputSize, weighted } from "./class-maps.ts";
import { allScores, masked, type PassOptions, rowCount } from "./versions.ts";

/** What Score-CAM masks, and how. */
export interface ScoreCamOptions extends PassOptions {
  /** "input" (default): the picture, by the maps brought to its size; the whole network runs for every channel.
   * "activation": the layer's own output, by the maps as they are, so that only what lies after the layer runs. */
  readonly by?: "input" | "activation" | undefined;
  /** How maps are brought to the picture's size; "half-pixel" unless given. pytorch-grad-cam: "align-corners". */
  readonly resize?: ResizeOptions["method"];
}

/** Masks of a layer: a plane for each channel and picture, row k * n + i. */
interface Masks {
  /** [K * n, h, w, 1] */
  readonly planes: Tensor;
  /** Extremes of the planes at the size at which they mask, [K * n] */
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** A plane whose values differ by no more than this share of the largest is flat: what is left is rounding. */
const FLAT = 1e-6;
/** Planes brought to the picture's size at once, to look for their extremes. */
const PLANE_BYTES = 32 * 1024 * 1024;

/** Score-CAM: sum_k w_k A_k, w = softmax over channels of the target's value where x, or the layer's output, is multiplied
 * by A_k, scaled to 0..1. Flat maps mask nothing: their weight is 0 and they are not in the softmax.
 * @throws UnknownNameError for `by` and `resize`
 * @see    Wang et al. 2020, eq. 4 to 7; a baseline's score, the same for all k, would cancel in the softmax */
export async function scoreCam(question: Question, node: TapeNode, options: ScoreCamOptions = {}): Promise<HeatMap[]> {
  const { by = "input", resize = "half-pixel" } = options;
  if (by !== "input" && by !== "activation")
    throw new UnknownNameError(`scoreCam: by "${by}" is unknown; there are "input" and "activation"`);
  const { run } = question;
  const size = by === "input" ? { ...inputSize(question), method: resize } : undefined;
  using planes = planesOf(node.output);
  const masks = { planes, ...(await extremesOf(question, planes, size)) };
  const channels = node.output.shape[3] ?? 1;
  const shown = Array.from({ length: channels }, (_, k) => k).filter((k) =>
    Array.from({ length: run.pictures }, (_, i) => k * run.pictures + i).some((row) => !isFlat(masks, row)),
  );
  const from = by === "input" ? run.input : node.output;
  const make = (start: number, count: number) => {
    const planesShown = normalised(masks, rowsOfChannels(shown.slice(start, start + count), run.pictures), size);
    return masked(from, planesShown);
  };
  const scores = await allScores(question, { from, count: shown.length, make }, options);
  const weights = new Float32Array(rowCount(question) * channels);
  for (const [row, values] of scores.entries()) {
    const used = [...shown.keys()].filter((j) => !isFlat(masks, (shown[j] ?? 0) * run.pictures + (row % run.pictures)));
    const shares = softmax(used.map((j) => values[j] ?? 0));
    for (const [at, j] of used.entries()) weights[row * channels + (shown[j] ?? 0)] = shares[at] ?? 0;
  }
  return run.encode(() => {
    const alpha = run.engine.tensor(weights, [rowCount(question), 1, 1, channels]);
    const map = weighted(question, node.output, alpha);
    const facts = { method: "scorecam", rule: "none", options: size ? { by, resize } : { by } };
    return heatMaps(question, node, { map, alpha, ...facts });
  });
}

/** [n, h, w, K] -> [K * n, h, w, 1]; the caller's to free. */
function planesOf(A: Tensor): Tensor {
  const [n = 1, h = 1, w = 1, K = 1] = A.shape;
  return A.engine.keep(A.engine.scope(() => reshape(permute(A, [3, 0, 1, 2]), [K * n, h, w, 1])));
}

/** The least and the largest value of every plane, at the size at which it masks. */
async function extremesOf(
  { run }: Question,
  planes: Tensor,
  size: ResizeOptions | undefined,
): Promise<Pick<Masks, "low" | "high">> {
  const [rows = 0, h = 1, w = 1] = planes.shape;
  const { height, width } = size ?? { height: h, width: w };
  const most = Math.max(1, Math.floor(PLANE_BYTES / (4 * height * width)));
  const [low, high] = [new Float32Array(rows), new Float32Array(rows)];
  const parts = Array.from({ length: Math.ceil(rows / most) }, (_, part) => {
    const first = part * most;
    const list = Array.from({ length: Math.min(most, rows - first) }, (_, i) => first + i);
    return run.encode(() => {
      const sized = sizedPlanes(planes, list, size);
      const tensors = [sized, scale(sized, -1)].map((values) => max(values, { axes: [1, 2, 3] }));
      return {
        tensors,
        finish: ([highest, negatedLowest]) => {
          high.set(highest ?? [], first);
          low.set(negatedLowest?.map((value) => -value) ?? [], first);
        },
      };
    });
  });
  await Promise.all(parts);
  return { low, high };
}

/** (plane - low) / (high - low) of some rows, 0 for flat ones: [rows, height, width, 1] */
function normalised(masks: Masks, rows: readonly number[], size: ResizeOptions | undefined): Tensor {
  const { planes, low, high } = masks;
  const shape = [rows.length, 1, 1, 1];
  const lowest = rows.map((row) => low[row] ?? 0);
  const factors = rows.map((row) => (isFlat(masks, row) ? 0 : 1 / ((high[row] ?? 0) - (low[row] ?? 0))));
  const above = sub(sizedPlanes(planes, rows, size), planes.engine.tensor(lowest, shape));
  return mul(above, planes.engine.tensor(factors, shape));
}

function sizedPlanes(planes: Tensor, rows: readonly number[], size: ResizeOptions | undefined): Tensor {
  const chosen = planes.engine.empty([rows.length, ...planes.shape.slice(1)]);
  const count = planes.rowElements;
  let at = 0;
  // neighbours in one copy: mostly all rows are
  for (let first = 0; first < rows.length; ) {
    let length = 1;
    while (rows[first + length] === (rows[first] ?? 0) + length) length++;
    copyElements(planes, { to: chosen, at, from: (rows[first] ?? 0) * count, count: length * count });
    at += length * count;
    first += length;
  }
  return size ? resize2d(chosen, size) : chosen;
}

function rowsOfChannels(channels: readonly number[], pictures: number): number[] {
  return channels.flatMap((k) => Array.from({ length: pictures }, (_, i) => k * pictures + i));
}

function isFlat({ low, high }: Pick<Masks, "low" | "high">, row: number): boolean {
  const [least, most] = [low[row] ?? 0, high[row] ?? 0];
  return !(most - least > FLAT * Math.max(Math.abs(least), Math.abs(most)));
}

function softmax(values: readonly number[]): number[] {
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const exps = values.map((value) => Math.exp(value - most));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((value) => value / total);
}
