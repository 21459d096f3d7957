import { add, mul, scale } from "../../autograd/ops/arithmetic.ts";
import { ShapeError } from "../../errors.ts";
import type { Size } from "../../image/types.ts";
import { nhwc } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { HeatMap } from "../heat-map.ts";
import { provenanceOf, type Question } from "../question.ts";
import { inputSize } from "./class-maps.ts";
import { allScores, masked, type PassOptions, recordedScores, rowCount } from "./versions.ts";

/** The window that hides a part of the picture. */
export interface OcclusionOptions extends PassOptions {
  /** Extents of the window in pixels; one number is both. An eighth of the picture, rounded up, unless given. */
  readonly window?: number | Size | undefined;
  /** Pixels from one window to the next; half a window, rounded up, unless given. */
  readonly stride?: number | Size | undefined;
  /** What is put in place of the picture, as the network takes it (after preprocessing): one number, or one for each
   * channel in the network's order. 0 unless given, which is the mean colour where preprocessing subtracts a mean. */
  readonly fill?: number | readonly number[] | undefined;
}

/** A window, its ends not included. */
interface Window {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Occlusion: how much the target falls where a window hides the picture, y - y_hidden; at each pixel the mean over the
 * windows that cover it. The last window of a row or column is cut off at the border.
 * @throws ShapeError for a window, stride or fill that does not fit the picture
 * @see    Zeiler and Fergus 2014, section 4.2 */
export async function occlusion(question: Question, options: OcclusionOptions = {}): Promise<HeatMap[]> {
  const { run } = question;
  const input = inputSize(question);
  const { window, stride, windows } = layOut(input, options);
  const fill = fillOf(question, options.fill ?? 0);
  const make = (start: number, count: number) => hidden(question, windows.slice(start, start + count), fill);
  const y = await recordedScores(question);
  const scores = await allScores(question, { from: run.input, count: windows.length, make }, options);
  const facts = {
    method: "occlusion",
    rule: "none",
    options: { window: shown(window), stride: shown(stride), fill: [...new Set(fill)].join(" ") },
  };
  return Array.from({ length: rowCount(question) }, (_, row) => {
    const drops = scores[row]?.map((score) => (y[row] ?? 0) - score) ?? new Float32Array();
    return new HeatMap(spread(drops, windows, input), { input, provenance: provenanceOf(question, row, facts) });
  });
}

function layOut({ width, height }: Size, options: OcclusionOptions) {
  const eighth = { width: Math.ceil(width / 8), height: Math.ceil(height / 8) };
  const window = sizeOf(options.window, eighth, "window");
  const half = { width: Math.ceil(window.width / 2), height: Math.ceil(window.height / 2) };
  const stride = sizeOf(options.stride, half, "stride");
  if (window.width > width || window.height > height)
    throw new ShapeError(`occlusion: a window of ${shown(window)} is larger than the picture, ${width}x${height}`);
  const lefts = starts(width, window.width, stride.width);
  const windows = starts(height, window.height, stride.height).flatMap((top) =>
    lefts.map((left) => ({
      top,
      left,
      bottom: Math.min(height, top + window.height),
      right: Math.min(width, left + window.width),
    })),
  );
  return { window, stride, windows };
}

/** Where windows begin: as many as it takes to reach the end. */
function starts(extent: number, window: number, stride: number): number[] {
  return Array.from({ length: Math.ceil((extent - window) / stride) + 1 }, (_, i) => i * stride).filter(
    (start) => start < extent,
  );
}

function sizeOf(given: number | Size | undefined, otherwise: Size, what: string): Size {
  const size = typeof given === "number" ? { width: given, height: given } : (given ?? otherwise);
  if ([size.width, size.height].every((extent) => Number.isInteger(extent) && extent >= 1)) return size;
  throw new ShapeError(`occlusion: ${what} ${shown(size)} must be whole numbers of pixels, at least 1`);
}

function shown({ width, height }: Size): string {
  return `${width}x${height}`;
}

function fillOf({ run }: Question, fill: number | readonly number[]): readonly number[] {
  const channels = run.input.shape[3] ?? 1;
  const values = typeof fill === "number" ? Array<number>(channels).fill(fill) : fill;
  if (values.length === channels && values.every(Number.isFinite)) return values;
  throw new ShapeError(`occlusion: fill is [${values.join(", ")}]; a number, or ${channels} of them, is wanted`);
}

/** The pictures with each of some windows filled: [windows * n, h, w, c] */
function hidden({ run }: Question, windows: readonly Window[], fill: readonly number[]): Tensor {
  const [n, height, width, channels] = nhwc(run.input.shape, "occlusion");
  const keep = new Float32Array(windows.length * n * height * width).fill(1);
  for (const [v, { top, left, bottom, right }] of windows.entries())
    for (let i = 0; i < n; i++)
      for (let y = top; y < bottom; y++) {
        const line = ((v * n + i) * height + y) * width;
        keep.fill(0, line + left, line + right);
      }
  const kept = run.engine.tensor(keep, [windows.length * n, height, width, 1]);
  const x = masked(run.input, kept);
  if (fill.every((value) => value === 0)) return x;
  return add(x, mul(scale(kept, -1, 1), run.engine.tensor(fill, [1, 1, 1, channels])));
}

/** At each pixel the mean drop of the windows that cover it; 0 where a stride is so large that none does. */
function spread(drops: Float32Array, windows: readonly Window[], { width, height }: Size) {
  const sums = new Float64Array(width * height);
  const counts = new Uint32Array(width * height);
  for (const [v, { top, left, bottom, right }] of windows.entries())
    for (let y = top; y < bottom; y++)
      for (let at = y * width + left; at < y * width + right; at++) {
        sums[at] = (sums[at] ?? 0) + (drops[v] ?? 0);
        counts[at] = (counts[at] ?? 0) + 1;
      }
  const data = Float32Array.from(sums, (sum, at) => sum / (counts[at] || 1));
  return { width, height, data };
}
