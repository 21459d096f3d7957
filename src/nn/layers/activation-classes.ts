import { elu } from "../../autograd/ops/activation-functions.ts";
import { leakyRelu, relu, softmax } from "../../autograd/ops/activations.ts";
import { prelu } from "../../autograd/ops/arithmetic.ts";
import { ShapeError } from "../../errors.ts";
import {
  type BuiltLayer,
  chain,
  type LayerClass,
  type LayerShape,
  only,
  type Step,
  showLayerShape,
  weight,
} from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { isWhole, property } from "../untrusted.ts";

type Read = (config: LayerConfig) => Step;

/** Keras' activations that are layers with options; a convolution or dense layer may have one as its activation, too. */
const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["ReLU", readRelu],
  ["LeakyReLU", readLeakyRelu],
  ["ELU", readElu],
  ["ThresholdedReLU", readThresholdedRelu],
  ["Softmax", readSoftmax],
]);

/** The step that an activation layer of that class with these options is; undefined for another class. */
export function activationClassStep(className: string, config: LayerConfig): Step | undefined {
  return readers.get(className)?.(config);
}

function readRelu(config: LayerConfig): Step {
  const slope = scalar(config, "negative_slope", 0);
  const threshold = scalar(config, "threshold", 0);
  const top = config.raw("max_value") ?? undefined;
  const options = { slope, threshold, ...(top !== undefined && { max: scalar(config, "max_value", 0) }) };
  for (const [key, value] of Object.entries({ negative_slope: slope, threshold, max_value: options.max ?? 0 }))
    if (value < 0) config.refuse(key, value, "a number of at least 0");
  return { op: "relu", run: (x) => relu(x, plain(options)) };
}

/** Without what changes nothing, so that an ordinary ReLU is written as one. */
function plain({ slope, threshold, max }: { slope: number; threshold: number; max?: number }) {
  return { ...(slope !== 0 && { slope }), ...(threshold !== 0 && { threshold }), ...(max !== undefined && { max }) };
}

/** Keras 3 calls the slope negative_slope, Keras 1 and 2 alpha; all have 0.3 unless told. */
function readLeakyRelu(config: LayerConfig): Step {
  const slope = scalar(config, "negative_slope", scalar(config, "alpha", 0.3));
  return { op: "relu", run: (x) => leakyRelu(x, { slope }) };
}

function readElu(config: LayerConfig): Step {
  const alpha = scalar(config, "alpha", 1);
  return { op: "elu", run: (x) => elu(x, { alpha }) };
}

function readThresholdedRelu(config: LayerConfig): Step {
  const threshold = scalar(config, "theta", 1);
  if (threshold < 0) config.refuse("theta", threshold, "a number of at least 0");
  return { op: "relu", run: (x) => relu(x, { threshold }) };
}

/** @throws UnsupportedLayerError for axes that do not follow each other, or the batch's */
function readSoftmax(config: LayerConfig): Step {
  const axes = softmaxAxes(config);
  const [first = -1, last = -1] = [axes[0], axes.at(-1)];
  const together = axes.every((axis, i) => axis === first + i) && first < 0 === last < 0;
  if (!together || first === 0)
    config.unsupported("axis", config.raw("axis"), "axes behind the batch's that follow each other");
  return { op: "softmax", run: (x) => softmax(x, { axis: first === last ? first : [first, last] }) };
}

function softmaxAxes(config: LayerConfig): number[] {
  const given = config.raw("axis");
  // null is no default: Keras means all axes by it, the batch's too
  const value = given === undefined ? -1 : given;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const axes = list.filter((axis): axis is number => Number.isInteger(axis));
  if (axes.length === 0 || axes.length < list.length)
    config.refuse("axis", value, "a whole number, or a list of them,");
  return axes.toSorted((a, b) => a - b);
}

/** A number, which Keras 2.2 wrote as a NumPy array without axes. */
function scalar(config: LayerConfig, key: string, otherwise: number): number {
  const value = config.raw(key) ?? otherwise;
  const inner = typeof value === "object" && "value" in value ? property({ ...value }, "value") : value;
  if (typeof inner !== "number" || !Number.isFinite(inner)) config.refuse(key, value, "a finite number");
  return inner;
}

export const activationClassLayers: readonly LayerClass[] = [...readers].map(([className, read]) => ({
  className,
  build: (config, inputShapes) => {
    const shape = only(inputShapes, config.title);
    const step = read(config);
    if (className === "Softmax") checkAxes(config, shape);
    return elementwise(shape, [step]);
  },
}));

function checkAxes(config: LayerConfig, shape: LayerShape): void {
  for (const axis of softmaxAxes(config))
    if (axis >= shape.length || axis <= -shape.length)
      config.refuse("axis", axis, `an axis of ${showLayerShape(shape)} behind the batch's`);
}

/** A layer that is one operation after another, each of which keeps the shape. */
export function elementwise(outputShape: LayerShape, steps: readonly Step[]): BuiltLayer {
  return {
    weights: [],
    outputShape,
    call: (inputs, _weights, label) => chain(only(inputs, label), label, steps),
  };
}

/** A slope for every element, or one for all along the shared axes. */
export const preluLayer: LayerClass = {
  className: "PReLU",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const value = config.raw("shared_axes") ?? [];
    const shared: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!shared.every((axis) => isWhole(axis, 1) && axis < shape.length))
      config.refuse("shared_axes", value, `axes of ${showLayerShape(shape)} behind the batch's`);
    const alpha = shape.slice(1).map((extent, i) => (shared.includes(i + 1) ? 1 : extent));
    const known = alpha.filter((extent) => extent !== null);
    if (known.length < alpha.length)
      throw new ShapeError(
        `${config.title}: its input is ${showLayerShape(shape)}; extents that share no slope must be known. ` +
          "Give the model's input layer a fixed height and width.",
      );
    return {
      weights: [{ name: "alpha", shape: known, trainable: true }],
      outputShape: shape,
      call: (inputs, given, label) =>
        chain(only(inputs, label), label, [{ op: "prelu", run: (x) => prelu(x, weight(given, "alpha")) }]),
    };
  },
};
