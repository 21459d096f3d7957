import { atLeastOne } from "../../at-least-one.ts";
import { mul } from "../../autograd/ops/arithmetic.ts";
import { ShapeError } from "../../errors.ts";
import type { Image } from "../../image/types.ts";
import { showShape } from "../../tensor/shape.ts";
import type { Tensor, TypedData } from "../../tensor/tensor.ts";
import { modelInput } from "../model-input.ts";
import { PixelMap } from "../pixel-map.ts";
import type { Question } from "../question.ts";
import type { Encoded, Recording } from "../recording.ts";
import { COMPLETE, FIRST_PARTS, integrateAdaptively } from "./adaptive-path.ts";
import { pixelMaps } from "./gradient.ts";
import { PathIntegral, type StraightPath } from "./path-integral.ts";
import { type QuadratureName, quadratureOf } from "./quadrature.ts";
import { inputValues } from "./smooth-grad.ts";
import type { PassOptions } from "./versions.ts";

/** Where a path to the picture begins: one value for all samples of the network's input, the samples themselves, of one
 * picture or of all, or a picture. */
export type Baseline = number | Float32Array | Image;

export interface IntegratedGradientsOptions extends PassOptions {
  /** Points on the path. Unless given: 32, and where the sum of a map is then more than 1% off what its target gained, the
   * midpoint rule takes more on the parts of the path where it is wrong, up to 512 altogether. */
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
  const { baseline = 0, quadrature = "midpoint", steps } = options;
  if (steps !== undefined) atLeastOne("integratedGradients: steps", steps);
  const points = quadratureOf(quadrature, steps ?? FIRST_PARTS);
  const from = await baselineValues(question, baseline);
  const x = await inputValues(question);
  const path = { from, way: x.map((value, i) => value - (from[i] ?? 0)) };
  const integral = new PathIntegral(question, path, options);
  try {
    const adaptive = steps === undefined && quadrature === "midpoint";
    if (!adaptive) await integral.add(points);
    const taken = adaptive ? await integrateAdaptively(integral) : points.length;
    const rule = taken > points.length ? "adaptive midpoint" : quadrature;
    const facts = { steps: taken, quadrature: rule, baseline: typeof baseline === "number" ? baseline : "given" };
    return await question.run.encode(() => encodePath(question, { ...path, mean: integral.sum, facts }));
  } finally {
    integral.dispose();
  }
}

interface Path extends StraightPath {
  /** Of the gradients on the path, [targets, pictures * h * w * c]. */
  readonly mean: Tensor;
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
      const found = completeness(map.values, difference);
      const provenance = { ...map.provenance, options: { ...facts, ...found } };
      const { width, height, channels, order } = map;
      return new PixelMap(map.values, { width, height, channels, order, provenance, notes: notesOn(found) });
    });
  return { tensors: [...maps.tensors, starts, ...ends], finish };
}

interface Completeness extends Record<string, number> {
  readonly difference: number;
  readonly sum: number;
}

function completeness(values: Float32Array, difference: number): Completeness {
  const total = values.reduce((a, b) => a + b, 0);
  const off = Math.abs(total - difference);
  return { difference, sum: total, ...(difference === 0 ? {} : { completenessError: off / Math.abs(difference) }) };
}

function notesOn({ difference, sum, completenessError = 0 }: Completeness): string[] {
  if (completenessError <= COMPLETE) return [];
  return [
    `the map's sum is ${sum.toPrecision(3)}, ${(100 * completenessError).toFixed(0)} % off ` +
      `the ${difference.toPrecision(3)} that the target gained from the baseline: it needs more steps`,
  ];
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
