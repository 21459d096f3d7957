import { scale } from "../../autograd/ops/arithmetic.ts";
import { type ChannelNumbers, channelAffine } from "../../autograd/ops/channel-affine.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import { batchNorm } from "../../autograd/ops/normalization.ts";
import { sizeOf } from "../../tensor/shape.ts";
import {
  type BuiltLayer,
  chain,
  type LayerClass,
  type LayerShape,
  labelled,
  only,
  type Step,
  weight,
} from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { isObject, property } from "../untrusted.ts";
import { extentsAlong, onLastAxes, onRows, readAxes } from "./axes.ts";

/** Keras divides by max(sqrt(variance), 1e-7). */
const leastDeviation = 1e-7;
const mostNumbers = 2 ** 20;

/** (x - mean) / sqrt(variance) with statistics of the training data, from the configuration or from weights. */
export const normalizationLayer: LayerClass = {
  className: "Normalization",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const axes = noAxes(config) ? [] : readAxes(config, shape.length);
    const extents = extentsAlong(shape, axes, config.title);
    const given = ["mean", "variance"].some((key) => (config.raw(key) ?? undefined) !== undefined);
    const invert = config.flag("invert", false);
    if (given) return known(config, { shape, axes, extents, invert });
    if (invert) config.unsupported("invert", true, "false, or mean and variance given as numbers");
    return adapted(shape, axes, extents);
  },
};

/** `axis=None`: one mean for everything. */
function noAxes(config: LayerConfig): boolean {
  const value = config.raw("axis");
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** A step over rows of the axes named; without any, every element is a row of its own. */
function perRow(axes: readonly number[], rank: number, step: Step): Step[] {
  return onLastAxes(axes, rank, onRows(axes.length, step));
}

/** As batch norm with an epsilon that stands for the least deviation. `count`, of the images seen, is not used. */
function adapted(shape: LayerShape, axes: readonly number[], extents: readonly number[]): BuiltLayer {
  const statistics = ["mean", "variance"].map((name) => ({ name, shape: extents, trainable: false }));
  return {
    weights: [...statistics, { name: "count", shape: [], trainable: false }],
    outputShape: shape,
    call(inputs, given, label) {
      const row = (name: string) => {
        const values = weight(given, name);
        // an operation, so that a tape owns the view
        return values.shape.length === 1
          ? values
          : labelled(values.engine, `${label}/${name}`, () => reshape(values, [sizeOf(extents)]));
      };
      const run: Step["run"] = (x) =>
        batchNorm(x, { mean: row("mean"), variance: row("variance") }, { epsilon: leastDeviation ** 2 });
      return chain(only(inputs, label), label, perRow(axes, shape.length, { op: "batch_norm", run }));
    },
  };
}

interface Known {
  readonly shape: LayerShape;
  readonly axes: readonly number[];
  /** Along the axes. */
  readonly extents: readonly number[];
  readonly invert: boolean;
}

function known(config: LayerConfig, about: Known): BuiltLayer {
  // one number for all is one however many elements the axes have
  const single = ["mean", "variance"].every((key) => readArray(config.raw(key))?.values.length === 1);
  const { shape, invert } = about;
  const { axes, extents } = single ? { axes: [], extents: [] } : about;
  const mean = readNumbers(config, "mean", extents);
  const deviation = readNumbers(config, "variance", extents).map((v) => Math.max(Math.sqrt(v), leastDeviation));
  if (deviation.some(Number.isNaN)) config.refuse("variance", config.raw("variance"), "numbers of at least 0");
  const numbers = invert
    ? { factor: deviation, offset: mean }
    : { center: mean, factor: deviation.map((value) => 1 / value) };
  const steps = perRow(axes, shape.length, affineStep(numbers));
  return {
    weights: [],
    outputShape: shape,
    call: (inputs, _weights, label) => chain(only(inputs, label), label, steps),
  };
}

function affineStep(numbers: ChannelNumbers): Step {
  return { op: "channel_affine", run: (x) => channelAffine(x, numbers) };
}

/** One number for each element of these extents, from an array that is broadcast to them as NumPy does. */
function readNumbers(config: LayerConfig, key: string, extents: readonly number[]): number[] {
  const value = config.raw(key);
  const count = sizeOf(extents);
  const array = count <= mostNumbers ? readArray(value) : undefined;
  const spread = array && broadcast(array, extents);
  if (!spread) {
    const wanted = `a finite number, or an array that fits [${extents.join(", ")}],`;
    config.refuse(key, value, extents.length === 0 ? "a finite number" : wanted);
  }
  return spread;
}

interface NumberArray {
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

/** @returns undefined where the array does not fit the extents */
function broadcast({ values, shape }: NumberArray, extents: readonly number[]): number[] | undefined {
  const more = shape.length - extents.length;
  const own = more > 0 ? shape.slice(more) : [...Array<number>(-more).fill(1), ...shape];
  const fits = own.every((extent, axis) => extent === 1 || extent === extents[axis]);
  if (!fits || sizeOf(own) !== values.length) return undefined;
  return Array.from({ length: sizeOf(extents) }, (_, i) => {
    let [at, rest, stride] = [0, i, 1];
    for (const [extent, length] of own.map((one, axis) => [one, extents[axis] ?? 1] as const).reverse()) {
      if (extent !== 1) at += (rest % length) * stride;
      rest = Math.floor(rest / length);
      stride *= extent;
    }
    return values[at] ?? 0;
  });
}

/** A number, nested lists, or an array as Keras 3 writes one; undefined for anything else, and for ragged lists. */
function readArray(value: unknown, depth = 0): NumberArray | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? { values: [value], shape: [] } : undefined;
  if (depth > 8) return undefined;
  if (isObject(value)) {
    const config = property(value, "config");
    return isObject(config) ? readArray(property(config, "value"), depth + 1) : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const values: number[] = [];
  let inner: readonly number[] | undefined;
  for (const entry of value as unknown[]) {
    const array = readArray(entry, depth + 1);
    const even = array && String(array.shape) === String(inner ?? array.shape);
    if (!even || values.length + array.values.length > mostNumbers) return undefined;
    inner = array.shape;
    for (const number of array.values) values.push(number);
  }
  return { values, shape: [value.length, ...(inner ?? [])] };
}

/** y = x * scale + offset, one number each, or one for each channel. */
export const rescalingLayer: LayerClass = {
  className: "Rescaling",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const step = rescalingStep(config, shape);
    return {
      weights: [],
      outputShape: shape,
      call: (inputs, _weights, label) => chain(only(inputs, label), label, [step]),
    };
  },
};

function rescalingStep(config: LayerConfig, shape: LayerShape): Step {
  const single = ["scale", "offset"].every((key) => typeof (config.raw(key) ?? 0) === "number");
  if (single) {
    const factor = config.number("scale", 1);
    const offset = config.number("offset", 0);
    return { op: "scale", run: (x) => scale(x, factor, offset) };
  }
  const channels = extentsAlong(shape, [shape.length - 1], config.title);
  const numbers = (key: string) =>
    (config.raw(key) ?? undefined) === undefined ? undefined : readNumbers(config, key, channels);
  return affineStep({ factor: numbers("scale"), offset: numbers("offset") });
}
