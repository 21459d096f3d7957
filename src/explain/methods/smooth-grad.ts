import { atLeastOne } from "../../at-least-one.ts";
import { add, mul, scale, sub } from "../../autograd/ops/arithmetic.ts";
import { mean, sum } from "../../autograd/ops/reduce.ts";
import { nearest, ShapeError, UnknownNameError } from "../../errors.ts";
import { gaussian, type Seed } from "../../random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { PixelMap } from "../pixel-map.ts";
import type { Question } from "../question.ts";
import { pixelMaps } from "./gradient.ts";
import { type Gather, gradientsAt } from "./gradients-at.ts";
import type { PassOptions } from "./versions.ts";

/** What is made of the gradients at noisy pictures: their mean (SmoothGrad), the mean of their squares (SmoothGrad
 * squared), or their variance (VarGrad). */
export type SmoothGradKind = keyof typeof kinds;

/** How noisy versions of the pictures are made. */
export interface NoiseOptions {
  /** Noisy versions of each picture, 25 unless given. */
  readonly samples?: number;
  /** Standard deviation of the noise as a share of the range (greatest minus least value) of each picture as the network
   * takes it; 0.15 unless given. */
  readonly noise?: number;
  /** The same seed gives the same noise everywhere; 0 unless given. */
  readonly seed?: Seed;
}

export interface SmoothGradOptions extends NoiseOptions, PassOptions {
  /** "mean" unless given. */
  readonly kind?: SmoothGradKind;
  /** Noise to add in place of Gaussian noise, [samples, ...the input's shape], in the units of the network's input. */
  readonly given?: Float32Array;
}

/** How batches of gradients [targets, k, size] are gathered, and what the statistic is. */
interface Kind {
  readonly method: string;
  readonly gather: Gather;
  readonly statistic: (gathered: readonly Tensor[], samples: number) => Tensor;
}

const kinds = {
  mean: {
    method: "smoothgrad",
    gather: (g, [total]) => [plus(total, sum(g, { axes: [1] }))],
    statistic: average,
  },
  squared: {
    method: "smoothgrad-squared",
    gather: (g, [total]) => [plus(total, sum(mul(g, g), { axes: [1] }))],
    statistic: average,
  },
  variance: {
    method: "vargrad",
    gather: deviations,
    statistic: ([deviation], samples) => average([deviation], samples),
  },
} as const satisfies Record<string, Kind>;

/** Gradients at noisy versions of the pictures, averaged.
 * @throws UnknownNameError for another kind; ShapeError for an option out of range
 * @see    Smilkov et al. 2017, section 3; for the variance Adebayo et al. 2018, "Local explanation methods for deep neural
 *         networks lack sensitivity to parameter values", section 2 */
export async function smoothGrad(question: Question, options: SmoothGradOptions = {}): Promise<PixelMap[]> {
  const { run, targets } = question;
  const { kind, samples, facts } = checked(question, options);
  const { method, gather, statistic } = kinds[kind];
  const x = await inputValues(question);
  const noise = options.given ? givenNoise(options.given, x.length) : inputNoise(x, run.pictures, options);
  const version = (index: number) => {
    const added = noise(index);
    return x.map((value, i) => value + (added[i] ?? 0));
  };
  const gathered = await gradientsAt(question, { ...options, count: samples, version }, gather);
  const shape = [targets.length * run.pictures, ...run.input.shape.slice(1)];
  const answer = run.encode(() => {
    const values = statistic(gathered, samples).withShape(shape);
    return pixelMaps(question, values, { method, rule: "gradient", options: facts });
  });
  for (const tensor of gathered) tensor.dispose();
  return answer;
}

/** The recorded input's values. */
export function inputValues({ run }: Question): Promise<Float32Array> {
  return run.read([run.input], ([data]) => Float32Array.from(data ?? []));
}

/** Gaussian noise for pictures, version by version.
 * @param x the pictures' values */
export function inputNoise(
  x: Float32Array,
  pictures: number,
  { noise = 0.15, seed = 0 }: NoiseOptions,
): (index: number) => Float32Array {
  const size = x.length / pictures;
  const deviations = Array.from({ length: pictures }, (_, i) => noise * rangeOf(x.subarray(i * size, (i + 1) * size)));
  return (index) => {
    const values = gaussian(`${seed}/${index}`, x.length);
    return values.map((value, i) => value * (deviations[Math.floor(i / size)] ?? 0));
  };
}

function givenNoise(given: Float32Array, size: number): (index: number) => Float32Array {
  return (index) => given.subarray(index * size, (index + 1) * size);
}

function rangeOf(values: Float32Array): number {
  const [least, most] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  return most - least;
}

function plus(a: Tensor | undefined, b: Tensor): Tensor {
  return a ? add(a, b) : b;
}

function average([total]: readonly (Tensor | undefined)[], samples: number): Tensor {
  if (!total) throw new ShapeError("smoothGrad: nothing was sampled");
  return scale(total, 1 / samples);
}

/** Sum of squared deviations from the mean, and the mean, of all batches so far: a difference of large sums would lose the
 * variance of gradients that hardly vary.
 * @see Chan, Golub and LeVeque 1983, eq. 2.1 */
function deviations(g: Tensor, [squares, middle]: readonly Tensor[], done: number): Tensor[] {
  const size = g.shape[1] ?? 1;
  const own = mean(g, { axes: [1], keepDims: true }); // [targets, 1, size]
  const off = sub(g, own);
  const within = sum(mul(off, off), { axes: [1], keepDims: true });
  if (!squares || !middle) return [within, own];
  const delta = sub(own, middle);
  const between = scale(mul(delta, delta), (done * size) / (done + size));
  return [add(add(squares, within), between), add(middle, scale(delta, size / (done + size)))];
}

function checked({ run }: Question, options: SmoothGradOptions) {
  const { kind = "mean", given } = options;
  if (!Object.hasOwn(kinds, kind)) {
    const guess = nearest(kind, Object.keys(kinds));
    throw new UnknownNameError(
      `smoothGrad: there is no kind "${kind}"; there are mean, squared and variance.${guess ? ` Did you mean "${guess}"?` : ""}`,
    );
  }
  if (given) {
    const size = run.input.size;
    if (given.length === 0 || given.length % size !== 0)
      throw new ShapeError(`smoothGrad: ${given.length} values of noise; give a multiple of the input's ${size}`);
    return { kind, samples: given.length / size, facts: { samples: given.length / size, noise: "given" } };
  }
  const facts = noiseFacts("smoothGrad", options);
  return { kind, samples: facts.samples, facts };
}

/** The noise options as they are taken.
 * @throws ShapeError for a number out of range */
export function noiseFacts(
  what: string,
  { samples = 25, noise = 0.15, seed = 0 }: NoiseOptions,
): Readonly<Record<"samples" | "noise", number>> & { readonly seed: Seed } {
  atLeastOne(`${what}: samples`, samples);
  if (!(noise >= 0 && Number.isFinite(noise)))
    throw new ShapeError(`${what}: noise is ${noise}; give a share of the picture's range, at least 0`);
  return { samples, noise, seed };
}
