import { ShapeError } from "../../errors.ts";
import type { FloatMap, Size } from "../../image/types.ts";
import { type Seed, uniform } from "../../random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { HeatMap } from "../heat-map.ts";
import { provenanceOf, type Question } from "../question.ts";
import { inputSize } from "./class-maps.ts";
import { masked, type PassOptions, rowCount, scored } from "./versions.ts";

/** The random masks. */
export interface RiseOptions extends PassOptions {
  /** How many, 1000 unless given (the paper takes 4000 for VGG16 and 8000 for ResNet50), or the masks themselves, each of
   * the size of the network's input, values 0..1. */
  readonly masks?: number | readonly FloatMap[] | undefined;
  /** Cells along each side of a mask before it is enlarged; 7 unless given. */
  readonly cells?: number | undefined;
  /** Share of the cells that let the picture through; 0.5 unless given. */
  readonly probability?: number | undefined;
  /** Of the random numbers; 0 unless given. */
  readonly seed?: Seed | undefined;
}

/** RISE: sum over N masks of y(x * mask) mask / (N p), at every pixel. What is masked becomes 0 in the network's input,
 * the mean colour where preprocessing subtracts a mean. The paper's target is a probability: `classProbability(c)`.
 * @throws ShapeError for numbers out of range, or masks of another size than the input
 * @see    Petsiuk et al. 2018, eq. 6 and section 3.2 */
export async function rise(question: Question, options: RiseOptions = {}): Promise<HeatMap[]> {
  const { run } = question;
  const input = inputSize(question);
  const { probability = 0.5, cells = 7, seed = 0 } = options;
  if (!(probability > 0 && probability <= 1))
    throw new ShapeError(`rise: probability is ${probability}; a number above 0 and at most 1 is wanted`);
  const { count, maskOf } = masksOf(options, input);
  const made = new Map<number, Float32Array>();
  const make = (start: number, some: number) => {
    for (let i = start; i < start + some; i++) made.set(i, maskOf(i));
    return withMasks(question, made, { start, count: some });
  };
  const sums = Array.from({ length: rowCount(question) }, () => new Float64Array(input.width * input.height));
  for await (const batch of scored(question, { from: run.input, count, make }, options))
    for (let i = batch.start; i < batch.start + batch.count; i++) {
      const mask = made.get(i) ?? [];
      for (const [row, sum] of sums.entries()) addTimes(sum, mask, batch.score(row, i));
      made.delete(i);
    }
  const random = typeof options.masks === "object" ? {} : { cells, seed };
  const facts = { method: "rise", rule: "none", options: { masks: count, probability, ...random } };
  return sums.map((sum, row) => {
    const data = Float32Array.from(sum, (value) => value / (count * probability));
    return new HeatMap({ ...input, data }, { input, provenance: provenanceOf(question, row, facts) });
  });
}

function addTimes(sum: Float64Array, mask: ArrayLike<number>, factor: number): void {
  for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + factor * (mask[at] ?? 0);
}

/** The pictures under masks [start, start + count): [count * n, h, w, c] */
function withMasks(
  { run }: Question,
  masks: ReadonlyMap<number, Float32Array>,
  { start, count }: { start: number; count: number },
): Tensor {
  const [n = 1, height = 1, width = 1] = run.input.shape;
  const data = new Float32Array(count * n * height * width);
  for (let row = 0; row < count * n; row++)
    data.set(masks.get(start + Math.floor(row / n)) ?? [], row * height * width);
  return masked(run.input, run.engine.tensor(data, [count * n, height, width, 1]));
}

function masksOf(options: RiseOptions, input: Size): { count: number; maskOf: (i: number) => Float32Array } {
  const { masks = 1000, cells = 7, probability = 0.5, seed = 0 } = options;
  if (typeof masks === "object") {
    const wrong = masks.find(({ data }) => data.length !== input.width * input.height);
    if (masks.length === 0 || wrong)
      throw new ShapeError(
        `rise: ${wrong ? `a mask is ${wrong.width}x${wrong.height}` : "no masks were given"}; ` +
          `masks of the input's size, ${input.width}x${input.height}, are wanted`,
      );
    return { count: masks.length, maskOf: (i) => masks[i]?.data ?? new Float32Array() };
  }
  for (const [what, value] of Object.entries({ masks, cells }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new ShapeError(`rise: ${what} is ${value}; a whole number of at least 1 is wanted`);
  return { count: masks, maskOf: (i) => riseMask(input, { cells, probability, seed: `${seed}/${i}` }) };
}

/** One random mask: a coarse grid of zeros and ones, enlarged (half-pixel bilinear) to one cell more than the picture and
 * moved by part of a cell.
 * @param cells       along each side
 * @param probability of a one
 * @returns           [height, width], values 0..1 */
export function riseMask(
  { width, height }: Size,
  { cells, probability, seed }: { cells: number; probability: number; seed: Seed },
): Float32Array<ArrayBuffer> {
  const random = uniform(seed, cells * cells + 2);
  const grid = random.subarray(0, cells * cells).map((value) => (value < probability ? 1 : 0));
  const [down = 0, right = 0] = random.subarray(cells * cells);
  const rows = taps(height, cells, down);
  const columns = taps(width, cells, right);
  const mask = new Float32Array(width * height);
  const line = new Float32Array(cells);
  for (let y = 0; y < height; y++) {
    const { first, second, share } = rows[y] ?? { first: 0, second: 0, share: 0 };
    for (let c = 0; c < cells; c++)
      line[c] = (1 - share) * (grid[first * cells + c] ?? 0) + share * (grid[second * cells + c] ?? 0);
    for (let x = 0; x < width; x++) {
      const column = columns[x] ?? { first: 0, second: 0, share: 0 };
      mask[y * width + x] = (1 - column.share) * (line[column.first] ?? 0) + column.share * (line[column.second] ?? 0);
    }
  }
  return mask;
}

/** The two cells under each pixel, and the second's share, where the grid covers one cell more than `extent`.
 * @param move 0 to 1, of a cell */
function taps(extent: number, cells: number, move: number) {
  const cell = Math.ceil(extent / cells);
  const shift = Math.floor(move * cell);
  return Array.from({ length: extent }, (_, i) => {
    const at = Math.min(cells - 1, Math.max(0, ((i + shift + 0.5) * cells) / ((cells + 1) * cell) - 0.5));
    const first = Math.floor(at);
    return { first, second: Math.min(cells - 1, first + 1), share: at - first };
  });
}
