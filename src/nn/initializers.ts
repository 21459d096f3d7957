import { UnsupportedLayerError } from "../errors.ts";
import { gaussian, type Seed, uniform } from "../random.ts";
import { sizeOf } from "../tensor/shape.ts";
import { isObject, property, showJson, textOf } from "./untrusted.ts";

/** How an initialiser draws the values of one weight. */
interface Draw {
  readonly shape: readonly number[];
  readonly seed: Seed;
  /** An option of the initialiser; null and nothing are the same. */
  readonly option: (name: string, otherwise: number) => number;
}

type Initializer = (draw: Draw) => Float32Array;

/** Standard deviation of a normal distribution that is cut off at two of its own. */
const CUT_DEVIATION = 0.87962566103423978;

const initializers: Readonly<Record<string, Initializer>> = {
  zeros: ({ shape }) => new Float32Array(sizeOf(shape)),
  ones: ({ shape }) => new Float32Array(sizeOf(shape)).fill(1),
  constant: ({ shape, option }) => new Float32Array(sizeOf(shape)).fill(option("value", 0)),
  randomnormal: ({ shape, seed, option }) => {
    const [mean, deviation] = [option("mean", 0), option("stddev", 0.05)];
    return gaussian(seed, sizeOf(shape)).map((value) => mean + deviation * value);
  },
  randomuniform: ({ shape, seed, option }) => {
    const [least, most] = [option("minval", -0.05), option("maxval", 0.05)];
    return uniform(seed, sizeOf(shape)).map((value) => least + (most - least) * value);
  },
  truncatednormal: (draw) => cutNormal(draw, draw.option("mean", 0), draw.option("stddev", 0.05)),
  glorotuniform: scaled({ scale: 1, mode: "fan_avg", distribution: "uniform" }),
  glorotnormal: scaled({ scale: 1, mode: "fan_avg", distribution: "truncated_normal" }),
  heuniform: scaled({ scale: 2, mode: "fan_in", distribution: "uniform" }),
  henormal: scaled({ scale: 2, mode: "fan_in", distribution: "truncated_normal" }),
  lecununiform: scaled({ scale: 1, mode: "fan_in", distribution: "uniform" }),
  lecunnormal: scaled({ scale: 1, mode: "fan_in", distribution: "truncated_normal" }),
  orthogonal: (draw) => orthogonal(draw, draw.option("gain", 1)),
};

/** Other names that some Keras wrote. */
const aliases: Readonly<Record<string, string>> = {
  zero: "zeros",
  one: "ones",
  normal: "randomnormal",
  uniform: "randomuniform",
  orthogonalinitializer: "orthogonal",
};

/** Where a layer says nothing: Keras' defaults, by the weight's name. */
const defaults: Readonly<Record<string, string>> = {
  bias: "zeros",
  beta: "zeros",
  alpha: "zeros",
  moving_mean: "zeros",
  mean: "zeros",
  count: "zeros",
  gamma: "ones",
  scale: "ones",
  variance: "ones",
  moving_variance: "ones",
};

/** The first values of a weight, as its layer's config has them or Keras' defaults do; the distributions are Keras', the
 * numbers are drawn by this library's own generator.
 * @param weight.name   kernel, bias, gamma ...
 * @param weight.config Keras' options of the layer
 * @throws UnsupportedLayerError for an initialiser that is not known
 * @see    Glorot and Bengio 2010; He et al. 2015; Saxe et al. 2014 */
export function initialValues(weight: {
  readonly name: string;
  readonly shape: readonly number[];
  readonly config: unknown;
  readonly seed: Seed;
}): Float32Array {
  const { name, shape, seed } = weight;
  const given = isObject(weight.config) ? property(weight.config, configKey(name)) : undefined;
  const named = isObject(given) ? property(given, "class_name") : given;
  const options = isObject(given) ? property(given, "config") : undefined;
  const wanted = named ?? defaults[name] ?? "glorot_uniform";
  const key = textOf(wanted).replaceAll("_", "").toLowerCase();
  const option = (what: string, otherwise: number) =>
    numberOf(isObject(options) ? property(options, what) : undefined, otherwise);
  if (key === "variancescaling") return scaledBy(options, { shape, seed, option });
  const initializer = Object.hasOwn(initializers, aliases[key] ?? key) ? initializers[aliases[key] ?? key] : undefined;
  if (initializer) return initializer({ shape, seed, option });
  throw new UnsupportedLayerError(
    `the initialiser ${showJson(wanted)} of a weight ${name} is not known; there are zeros, ones, constant, random, ` +
      "truncated, Glorot, He, LeCun, variance scaling and orthogonal ones.",
  );
}

function configKey(name: string): string {
  return name.endsWith("_kernel") ? name.replace(/_kernel$/, "_initializer") : `${name}_initializer`;
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

type Mode = "fan_in" | "fan_out" | "fan_avg";
type Distribution = "uniform" | "truncated_normal" | "untruncated_normal";

interface Scaling {
  readonly scale: number;
  readonly mode: Mode;
  readonly distribution: Distribution;
}

function scaledBy(options: unknown, draw: Draw): Float32Array {
  const say = (name: string) => (isObject(options) ? property(options, name) : undefined);
  const mode = (["fan_out", "fan_avg"] as const).find((one) => one === say("mode")) ?? "fan_in";
  const distributions = ["uniform", "untruncated_normal"] as const;
  const distribution = distributions.find((one) => one === say("distribution")) ?? "truncated_normal";
  return scaled({ scale: draw.option("scale", 1), mode, distribution })(draw);
}

/** Values of variance scale / fan. */
function scaled({ scale, mode, distribution }: Scaling): Initializer {
  return (draw) => {
    const { fanIn, fanOut } = fans(draw.shape);
    const fan = { fan_in: fanIn, fan_out: fanOut, fan_avg: (fanIn + fanOut) / 2 }[mode];
    const variance = scale / Math.max(1, fan);
    if (distribution === "truncated_normal") return cutNormal(draw, 0, Math.sqrt(variance) / CUT_DEVIATION);
    if (distribution === "untruncated_normal")
      return gaussian(draw.seed, sizeOf(draw.shape)).map((value) => Math.sqrt(variance) * value);
    const most = Math.sqrt(3 * variance);
    return uniform(draw.seed, sizeOf(draw.shape)).map((value) => most * (2 * value - 1));
  };
}

/** How many values an output depends on, and how many outputs an input has a part in. */
function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const [first = 1] = shape;
  if (shape.length < 2) return { fanIn: first, fanOut: first };
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: field * (shape.at(-2) ?? 1), fanOut: field * (shape.at(-1) ?? 1) };
}

/** A normal distribution, drawn again wherever it is more than two deviations out. */
function cutNormal({ shape, seed }: Draw, mean: number, deviation: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  let filled = 0;
  for (let round = 0; filled < values.length; round++) {
    const near = gaussian(`${seed}/${round}`, values.length).filter((value) => Math.abs(value) < 2);
    const used = near.subarray(0, values.length - filled);
    values.set(used, filled);
    filled += used.length;
  }
  return values.map((value) => mean + deviation * value);
}

/** Rows or columns of length 1 at right angles, whichever are fewer: Gram and Schmidt's way through normal values. */
function orthogonal({ shape, seed }: Draw, gain: number): Float32Array {
  const columns = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / columns;
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const drawn = gaussian(seed, count * length);
  const vectors = Array.from({ length: count }, (_, i) =>
    Float64Array.from(drawn.subarray(i * length, (i + 1) * length)),
  );
  for (const [i, vector] of vectors.entries()) {
    for (const before of vectors.slice(0, i)) {
      const shared = inner(vector, before);
      for (let k = 0; k < length; k++) vector[k] = (vector[k] ?? 0) - shared * (before[k] ?? 0);
    }
    const norm = Math.sqrt(inner(vector, vector));
    for (let k = 0; k < length; k++) vector[k] = (vector[k] ?? 0) / norm;
  }
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [i, k] = rows < columns ? [row, column] : [column, row];
    return gain * (vectors[i]?.[k] ?? 0);
  });
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
