import { add, mul, scale } from "../../autograd/ops/arithmetic.ts";
import { sum } from "../../autograd/ops/reduce.ts";
import { ShapeError } from "../../errors.ts";
import type { Image } from "../../image/types.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { atLeastOne } from "../at-least-one.ts";
import { modelInput } from "../model-input.ts";
import { PixelMap } from "../pixel-map.ts";
import type { Question } from "../question.ts";
import type { Encoded, Recording } from "../recording.ts";
import { pixelMaps } from "./gradient.ts";
import { gradientsAt } from "./gradients-at.ts";
import { type QuadratureName, type QuadraturePoint, quadratureOf } from "./quadrature.ts";
import { inputValues } from "./smooth-grad.ts";
import type { PassOptions } from "./versions.ts";

const FIRST_STEPS = 32;
const MOST_STEPS = 288;

/** Where a path to the picture begins: one value for all samples of the network's input, the samples themselves, of one
 * picture or of all, or a picture. */
export type Baseline = number | Float32Array | Image;

export interface IntegratedGradientsOptions extends PassOptions {
  /** Points on the path. Unless given: 32, and where the sum of a map is then more than 1% off what its target gained, the
   * midpoint rule triples them, up to 288; points that were taken are not taken again. */
  readonly steps?: number;
  /** How the integral over the path is taken: "midpoint" unless given, points in the middles of equal parts, or
   * "gauss-legendre", which is exact for smoother gradients with fewer points. */
  readonly quadrature?: QuadratureName;
  /** 0 unless given: the network's own zero, which for a network that takes mean-free pictures is the mean picture, not
   * black. */
  readonly baseline?: Baseline;
}

/** The gradients on the straight path from a baseline to the picture, averaged, times the way. Their
 * sum should be y(picture) - y(baseline); the provenance's options have `difference`, which is that, `sum`, and
 * `completenessError`, how far apart they are as a share of the difference.
 * @throws ShapeError for a baseline that does not fit the input, or steps that are no whole number of at least 1;
 *         UnknownNameError for another quadrature
 * @see    Sundararajan et al. 2017, eq. 1 and 3 */
export async function integratedGradients(
  question: Question,
  options: IntegratedGradientsOptions = {},
): Promise<PixelMap[]> {
  const { run } = question;
  const { baseline = 0, quadrature = "midpoint" } = options;
  if (options.steps !== undefined) atLeastOne("integratedGradients: steps", options.steps);
  let steps = options.steps ?? FIRST_STEPS;
  const points = quadratureOf(quadrature, steps);
  const from = await baselineValues(question, baseline);
  const x = await inputValues(question);
  const way = x.map((value, i) => value - (from[i] ?? 0));
  const described = { quadrature, baseline: typeof baseline === "number" ? baseline : "given" };
  const more = options.steps === undefined && quadrature === "midpoint";
  let mean = await integral(question, options, { from, way, points });
  try {
    for (;;) {
      const path = { mean, way, from, facts: { steps, ...described } };
      const maps = await run.encode(() => encodePath(question, path));
      if (!more || steps >= MOST_STEPS || maps.every(isComplete)) return maps;
      steps *= 3;
      const finer = await integral(question, options, { from, way, points: between(steps) });
      const joined = run.engine.scope(() => add(scale(mean, 1 / 3), finer));
      mean.dispose();
      finer.dispose();
      mean = joined;
    }
  } finally {
    mean.dispose();
  }
}

/** The points of a midpoint rule that one of a third of the steps does not have. */
function between(steps: number): QuadraturePoint[] {
  return quadratureOf("midpoint", steps).filter((_, i) => i % 3 !== 1);
}

function isComplete({ provenance: { options } }: PixelMap): boolean {
  return Number(options?.completenessError ?? 0) <= 0.01;
}

/** Weighted sum of the gradients at points of the path, [targets, pictures * h * w * c]. */
async function integral(
  question: Question,
  options: PassOptions,
  { from, way, points }: Pick<Path, "from" | "way"> & { readonly points: readonly QuadraturePoint[] },
): Promise<Tensor> {
  const { batch, onProgress, signal } = options;
  const version = (index: number) => {
    const alpha = points[index]?.at ?? 0;
    return from.map((value, i) => value + alpha * (way[i] ?? 0));
  };
  const versions = { batch, onProgress, signal, count: points.length, version };
  const [mean] = await gradientsAt(question, versions, (gradients, [total], done) => {
    const size = gradients.shape[1] ?? 1;
    const weights = points.slice(done, done + size).map(({ weight }) => weight);
    const part = sum(mul(gradients, question.run.engine.tensor(weights, [1, size, 1])), { axes: [1] });
    return [total ? add(total, part) : part];
  });
  if (!mean) throw new ShapeError("integratedGradients: no gradients");
  return mean;
}

interface Path {
  /** Of the gradients on the path, [targets, pictures * h * w * c]. */
  readonly mean: Tensor;
  /** Picture minus baseline. */
  readonly way: Float32Array;
  readonly from: Float32Array;
  readonly facts: Readonly<Record<string, number | string>>;
}

function encodePath(question: Question, { mean, way, from, facts }: Path): Encoded<PixelMap[]> {
  const { run, targets } = question;
  const { engine, input } = run;
  const values = mul(mean, engine.tensor(way, [1, way.length]));
  const rows = [targets.length * run.pictures, ...input.shape.slice(1)];
  const asked = run.ask(targets);
  const ends = asked.map((one) => run.scores([one], one.y, one.y)); // each [1, pictures]
  const starts = run.scores(asked, input, engine.tensor(from, input.shape)); // [targets, pictures]
  const maps = pixelMaps(question, values.withShape(rows), { method: "integrated-gradients", rule: "gradient" });
  const finish = ([data, start, ...end]: TypedData[]) =>
    maps.finish(data ? [data] : []).map((map, row) => {
      const [target, picture] = [Math.floor(row / run.pictures), row % run.pictures];
      const difference = (end[target]?.[picture] ?? 0) - (start?.[row] ?? 0);
      const provenance = { ...map.provenance, options: { ...facts, ...completeness(map.values, difference) } };
      const { width, height, channels, order } = map;
      return new PixelMap(map.values, { width, height, channels, order, provenance });
    });
  return { tensors: [...maps.tensors, starts, ...ends], finish };
}

function completeness(values: Float32Array, difference: number): Record<string, number> {
  const total = values.reduce((a, b) => a + b, 0);
  const off = Math.abs(total - difference);
  return { difference, sum: total, ...(difference === 0 ? {} : { completenessError: off / Math.abs(difference) }) };
}

async function baselineValues({ run }: Question, baseline: Baseline): Promise<Float32Array> {
  const { size } = run.input;
  if (typeof baseline === "number") return new Float32Array(size).fill(baseline);
  const values = baseline instanceof Float32Array ? baseline : await pictureValues(run, baseline);
  const one = size / run.pictures;
  if (values.length !== one && values.length !== size)
    throw new ShapeError(
      `integratedGradients: the baseline has ${values.length} values; the input ${showShape(run.input.shape)} takes ` +
        `${one === size ? one : `${one} for all pictures alike or ${size}`}`,
    );
  return Float32Array.from({ length: size }, (_, i) => values[i % values.length] ?? 0);
}

async function pictureValues({ model }: Recording, picture: Image): Promise<Float32Array> {
  using x = modelInput(model, picture);
  return Float32Array.from(await x.read());
}
