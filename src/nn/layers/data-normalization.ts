import { scale } from "../../autograd/ops/arithmetic.ts";
import { type ChannelNumbers, channelAffine } from "../../autograd/ops/channel-affine.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import { batchNorm } from "../../autograd/ops/normalization.ts";
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
import { property } from "../untrusted.ts";
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
    if (given) return known(config, { shape, axes, count: product(extents), invert });
    if (invert) config.unsupported("invert", true, "false, or mean and variance given as numbers");
    return adapted(shape, axes, extents);
  },
};

/** `axis=None`: one mean for everything. */
function noAxes(config: LayerConfig): boolean {
  const value = config.raw("axis");
  return value === null || (Array.isArray(value) && value.length === 0);
}

const product = (extents: readonly number[]) => extents.reduce((all, one) => all * one, 1);

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
          : labelled(values.engine, `${label}/${name}`, () => reshape(values, [product(extents)]));
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
  readonly count: number;
  readonly invert: boolean;
}

function known(config: LayerConfig, about: Known): BuiltLayer {
  // one number for all is one however many elements the axes have
  const single = ["mean", "variance"].every((key) => flatNumbers(config.raw(key))?.length === 1);
  const { shape, invert } = about;
  const { axes, count } = single ? { axes: [], count: 1 } : about;
  const mean = readNumbers(config, "mean", count);
  const deviation = readNumbers(config, "variance", count).map((v) => Math.max(Math.sqrt(v), leastDeviation));
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

/** `count` numbers, from as many, from one for all, or from a list for the last axes that repeats along the others. */
function readNumbers(config: LayerConfig, key: string, count: number): number[] {
  const value = config.raw(key);
  const list = count <= mostNumbers ? flatNumbers(value) : undefined;
  if (!list || list.length === 0 || count % list.length !== 0)
    config.refuse(key, value, count === 1 ? "a finite number" : `a finite number, or a list of ${count} of them,`);
  return Array.from({ length: count }, (_, i) => list[i % list.length] ?? 0);
}

/** The numbers of nested lists, or of an array as Keras 3 writes one; undefined where anything else is among them. */
function flatNumbers(value: unknown, depth = 0): number[] | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? [value] : undefined;
  if (depth > 8 || typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) {
    const config = property(value as Record<string, unknown>, "config");
    return typeof config === "object" && config !== null && !Array.isArray(config)
      ? flatNumbers(property(config as Record<string, unknown>, "value"), depth + 1)
      : undefined;
  }
  const numbers: number[] = [];
  for (const entry of value as unknown[]) {
    const inner = flatNumbers(entry, depth + 1);
    if (!inner || numbers.length + inner.length > mostNumbers) return undefined;
    for (const number of inner) numbers.push(number);
  }
  return numbers;
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
  const [channels = 1] = extentsAlong(shape, [shape.length - 1], config.title);
  const numbers = (key: string) =>
    (config.raw(key) ?? undefined) === undefined ? undefined : readNumbers(config, key, channels);
  return affineStep({ factor: numbers("scale"), offset: numbers("offset") });
}
