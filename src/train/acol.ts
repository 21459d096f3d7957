import { atLeastOne } from "../at-least-one.ts";
import { relu } from "../autograd/ops/activations.ts";
import { add, div, maximum, mul, scale, sub } from "../autograd/ops/arithmetic.ts";
import { reshape } from "../autograd/ops/layout.ts";
import { globalAvgPool } from "../autograd/ops/pooling.ts";
import { argMax, max, oneHot, sum } from "../autograd/ops/reduce.ts";
import { DatasetError, ShapeError, UnsupportedLayerError } from "../errors.ts";
import type { FloatMap } from "../image/types.ts";
import type { Model } from "../nn/model.ts";
import type { JsonObject } from "../nn/untrusted.ts";
import type { Seed } from "../random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type AddedLayer, featureLayer, graft } from "./graft.ts";
import type { Loss } from "./loss-names.ts";
import { sparseSoftmaxCrossEntropy } from "./losses.ts";

// The names by which a saved model is known again.
const poolName = "acol_pool";
const branchName = { a: "acol_a", b: "acol_b" } as const;
type Branch = keyof typeof branchName;
/** What A's map of the class reaches here is erased: the paper's delta. */
const defaultDelta = 0.6;

/** The two heads of ACoL. */
export interface AcolOptions {
  readonly classes: number;
  /** The layer whose output they stand on; the last feature maps of more than one position unless given. */
  readonly from?: string;
  /** Of each head's 3x3 convolutions; two with as many as the feature maps have channels unless given. */
  readonly filters?: readonly number[];
  /** Of the heads' weights; 0 unless given. */
  readonly seed?: Seed;
}

/** A new model of the network's layers up to its feature maps, with copies of their weights, and ACoL's two heads: a 3x3
 * average pool, then for each head 3x3 convolutions with ReLU, a 1x1 convolution with one channel for each class, global
 * average pooling and softmax. Its first output is head A's. The config is Keras' own, but what makes it ACoL is how it is
 * trained: `new Trainer(model, { loss: acolLoss(), ... })`.
 * @throws ShapeError for numbers that make no sense; what `withHead` throws
 * @see    Zhang et al. 2018, "Adversarial complementary learning for weakly supervised object localization" */
export function withAcolHeads(model: Model, options: AcolOptions): Model {
  const from = featureLayer(model, options.from);
  if (from.channelsFirst)
    throw new UnsupportedLayerError(
      `withAcolHeads: "${from.name}" has its channels first, which ACoL's heads do not take.`,
    );
  const channels = from.outputShape[3] ?? 1;
  const { classes, filters = [channels, channels], seed = 0 } = options;
  for (const number of [classes, ...filters]) atLeastOne("withAcolHeads: a number of classes or filters", number);
  const pool: AddedLayer = {
    className: "AveragePooling2D",
    name: poolName,
    options: { pool_size: 3, strides: 1, padding: "same" },
    input: from.name,
  };
  const [a, b] = [headLayers("a", { classes, filters }), headLayers("b", { classes, filters })];
  // layer by layer, as Keras orders branches: its files hold weights in that order
  const heads = a.flatMap((layer, i) => [layer, ...b.slice(i, i + 1)]);
  const outputs = [`${branchName.a}_probabilities`, `${branchName.b}_probabilities`];
  return graft(model, { from, added: [pool, ...heads], outputs, suffix: "acol", seed });
}

function headLayers(
  branch: Branch,
  { classes, filters }: { classes: number; filters: readonly number[] },
): AddedLayer[] {
  const name = (what: string) => `${branchName[branch]}_${what}`;
  const links: readonly (readonly [className: string, name: string, options: JsonObject])[] = [
    ...filters.map((number, i) => ["Conv2D", name(`conv_${i + 1}`), convolution(number, 3, "relu")] as const),
    ["Conv2D", name("maps"), convolution(classes, 1, "linear")],
    ["GlobalAveragePooling2D", name("scores"), {}],
    ["Activation", name("probabilities"), { activation: "softmax" }],
  ];
  return links.map(([className, own, layerOptions], i) => ({
    className,
    name: own,
    options: layerOptions,
    input: links[i - 1]?.[1] ?? poolName,
  }));
}

function convolution(filters: number, side: number, activation: string): JsonObject {
  return { filters, kernel_size: [side, side], padding: "same", activation };
}

export interface EraseOptions {
  /** Share of head A's normalised map of the class from which on the features are erased; 0.6 unless given. */
  readonly delta?: number;
}

/** ACoL's loss: cross-entropy of head A, and that of head B on the features without the places where A's map of the true
 * class, from its minimum to its maximum as 0 to 1, reaches `delta`. No gradient passes through that map.
 * @returns a loss for `Trainer`, of labels
 * @throws  ShapeError for a delta that is not above 0 and at most 1; when used, for targets that are no labels or a model
 *          that has no such heads */
export function acolLoss({ delta = defaultDelta }: EraseOptions = {}): Loss {
  checkDelta(delta);
  return ({ logits }, y, { model, tape, training }) => {
    if (y.dtype !== "int32")
      throw new ShapeError("acolLoss: targets are vectors; it takes one label for each picture.");
    checkHeads(model);
    const first = tape.nodes.find(({ label }) => label.startsWith(`${branchName.a}_`))?.inputs.x;
    if (!first)
      throw new ShapeError(
        'acolLoss: head A was not recorded as a whole. Cut the pass ("recompute") before its heads.',
      );
    const erased = erase(first, tape.node(`${branchName.a}_maps`).output, { labels: y, delta });
    const pass = { tape, ...(training ? { training } : {}) };
    const complement = model.forward(erased, { ...pass, from: poolName, upTo: `${branchName.b}_scores` });
    return add(sparseSoftmaxCrossEntropy(logits, y), sparseSoftmaxCrossEntropy(complement, y));
  };
}

/** What ACoL makes of one picture. */
export interface AcolMap {
  /** Of the map: the class that was asked for, else head A's. */
  readonly classIndex: number;
  /** Head A's logits, [classes]. */
  readonly logits: Float32Array;
  /** The greater of the two heads' maps, each from its minimum to its maximum as 0 to 1, at every place. */
  readonly map: FloatMap;
  readonly a: FloatMap;
  readonly b: FloatMap;
}

/** Classifies by head A and localises by both: B sees the features without what A's map of the class erases.
 * @param x [n, h, w, c], preprocessed for the model
 * @param options.labels the class whose map is wanted, for each picture; head A's greatest unless given
 * @throws  ShapeError for a model without the two heads, or for another number of labels; DatasetError for a label that is
 *          no class */
export async function acolMaps(
  model: Model,
  x: Tensor,
  options: EraseOptions & { readonly labels?: Int32Array } = {},
): Promise<AcolMap[]> {
  checkHeads(model);
  const { delta = defaultDelta, labels } = options;
  checkDelta(delta);
  const [n = 1] = x.shape;
  const classes = model.outputShape.at(-1) ?? 1;
  if (labels && labels.length !== n) throw new ShapeError(`acolMaps: ${labels.length} labels for ${n} pictures`);
  const wrong = labels?.find((label) => label < 0 || label >= classes);
  if (wrong !== undefined)
    throw new DatasetError(`acolMaps: label ${wrong} is no class; there are ${classes}: 0 to ${classes - 1}.`);
  const { engine } = model;
  const { read, shape } = engine.scope(() => {
    const features = model.forward(x, { upTo: poolName });
    const mapsOf = (branch: Branch, from: Tensor) =>
      model.forward(from, { from: poolName, upTo: `${branchName[branch]}_maps` });
    const maps = mapsOf("a", features);
    const logits = globalAvgPool(maps);
    const wanted = labels ? engine.tensor(labels, [n]) : argMax(logits);
    const a = normalized(classMap(maps, wanted));
    const b = normalized(classMap(mapsOf("b", mul(features, below(a, delta))), wanted));
    return { read: engine.read([maximum(a, b), a, b, logits, wanted]), shape: a.shape };
  });
  const [, height = 1, width = 1] = shape;
  const [map, a, b, logits, wanted] = await read;
  const rowOf = (values: ArrayLike<number> | undefined, i: number) =>
    Float32Array.from(values ?? []).subarray((i * (values?.length ?? 0)) / n, ((i + 1) * (values?.length ?? 0)) / n);
  return Array.from({ length: n }, (_, i) => ({
    classIndex: wanted?.[i] ?? 0,
    logits: rowOf(logits, i),
    map: { width, height, data: rowOf(map, i) },
    a: { width, height, data: rowOf(a, i) },
    b: { width, height, data: rowOf(b, i) },
  }));
}

/** The features without the places where the map of the class reaches delta, through which the gradient of what stays
 * passes.
 * @param features [n, h, w, k]
 * @param maps     [n, h, w, classes] */
function erase(features: Tensor, maps: Tensor, { labels, delta }: { labels: Tensor; delta: number }): Tensor {
  // a view has no history: what is erased counts as given
  const map = normalized(classMap(maps.withShape(maps.shape), labels));
  return mul(features, below(map, delta));
}

/** [n, h, w, 1]: each picture's map of its class. */
function classMap(maps: Tensor, labels: Tensor): Tensor {
  const [n = 1, , , classes = 1] = maps.shape;
  return sum(mul(maps, reshape(oneHot(labels, classes), [n, 1, 1, classes])), { axes: [3], keepDims: true });
}

/** (map - min) / (max - min), and 0 everywhere where they are the same. */
function normalized(map: Tensor): Tensor {
  const over = { axes: [1, 2], keepDims: true };
  const least = scale(max(scale(map, -1), over), -1);
  return div(sub(map, least), sub(max(map, over), least));
}

/** 1 where the map is below delta, else 0. */
function below(map: Tensor, delta: number): Tensor {
  const steep = 1e30; // times the least difference that two floats near delta have, still far above 1
  return relu(scale(scale(map, -1, delta), steep), { max: 1 });
}

function checkDelta(delta: number): void {
  if (!(delta > 0 && delta <= 1)) throw new ShapeError(`ACoL: delta is ${delta}; it must be above 0 and at most 1.`);
}

function checkHeads({ name, layers }: Model): void {
  const names = new Set(layers.map((layer) => layer.name));
  if ([poolName, `${branchName.a}_maps`, `${branchName.b}_maps`].every((layer) => names.has(layer))) return;
  throw new ShapeError(
    `model "${name}" has not the two heads of ACoL; make them with withAcolHeads(model, { classes }).`,
  );
}
