import { ShapeError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LayerConfig } from "./layer-config.ts";
import type { LayerTraining } from "./training.ts";

/** A shape with its batch first; null where the extent is known only when an image comes. */
export type LayerShape = readonly (number | null)[];

/** One weight that a layer has. */
export interface WeightSpec {
  /** The role that Keras gives it: kernel, bias, gamma, beta, moving_mean, moving_variance, depthwise_kernel or
   * pointwise_kernel. */
  readonly name: string;
  /** In Keras' order: a kernel is [KH, KW, C / groups, OC], a depthwise one [KH, KW, C, multiplier], a dense one
   * [in, out]; all others are [channels]. */
  readonly shape: readonly number[];
  /** Whether Keras would train it; it is only counted here. */
  readonly trainable: boolean;
}

/** A layer that knows its input shapes; it holds no values. */
export interface BuiltLayer {
  /** In Keras' order. */
  readonly weights: readonly WeightSpec[];
  readonly outputShape: LayerShape;
  /** Computes the output as a new tensor. The last operation carries `label`, the ones before it `label/operation`.
   * @param training given while the network is trained and the layer is not frozen */
  call(
    inputs: readonly Tensor[],
    weights: Readonly<Record<string, Tensor>>,
    label: string,
    training?: LayerTraining,
  ): Tensor;
}

/** What a Keras class name stands for. */
export interface LayerClass {
  readonly className: string;
  /** @throws UnsupportedLayerError for an option that is not computed, WeightsFormatError for one that makes no sense,
   *   ShapeError for inputs that the layer cannot take */
  build(config: LayerConfig, inputShapes: readonly LayerShape[]): BuiltLayer;
}

/** One operation of a layer. */
export interface Step {
  readonly op: string;
  readonly run: (x: Tensor) => Tensor;
}

/** Runs the operations of a layer one after another. The last carries the layer's name alone, so that a tape's node of
 * that name is what Keras calls the layer's output, activation included. */
export function chain(x: Tensor, label: string, steps: readonly Step[]): Tensor {
  let value = x;
  for (const [i, { op, run }] of steps.entries()) {
    const before = value;
    value = labelled(x.engine, i === steps.length - 1 ? label : `${label}/${op}`, () => run(before));
  }
  return value;
}

/** Runs one operation under a label, for the tape if one records, and for error messages and profiles in any case. */
export function labelled<T>(engine: Engine, label: string, body: () => T): T {
  const outer = engine.recorder;
  const recorder = outer ?? { label, record: () => {} };
  const before = recorder.label;
  recorder.label = label;
  engine.recorder = recorder;
  try {
    return body();
  } finally {
    recorder.label = before;
    engine.recorder = outer;
  }
}

/** The one input of a layer that takes one. */
export function only<T>(inputs: readonly T[], title: string): T {
  const [first, ...more] = inputs;
  if (first === undefined || more.length > 0)
    throw new ShapeError(`${title}: ${inputs.length} inputs are connected; it takes one`);
  return first;
}

/** A weight that the model must have put there. */
export function weight(weights: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = weights[name];
  if (!tensor) throw new ShapeError(`weight ${name} was not given`);
  return tensor;
}

/** `[null, 224, 224, 3]` */
export function showLayerShape(shape: LayerShape): string {
  return `[${shape.map((extent) => extent ?? "null").join(", ")}]`;
}

/** The input as [batch, height, width, channels], with the channels known. */
export function imageShape(shape: LayerShape, title: string): [null, number | null, number | null, number] {
  const [, height = null, width = null, channels] = shape;
  if (shape.length !== 4 || channels === null || channels === undefined)
    throw new ShapeError(`${title}: its input is ${showLayerShape(shape)}; [null, height, width, channels] is wanted`);
  return [null, height, width, channels];
}
