import { WeightsFormatError } from "../src/errors.ts";
import type { Layer } from "../src/nn/graph.ts";
import { ownerNames } from "./assign.ts";
import { NUMBERED_FORMAT } from "./keras-numbered.ts";
import type { ModelFile, StoredLayer, StoredWeight } from "./model-file.ts";
import { renumberedLayers } from "./renumbered.ts";
import { slotsOf } from "./save-plan.ts";
import { type Turning, turned } from "./turned-weight.ts";

export interface OldWeights {
  /** With its layers under the model's names and its kernels in TensorFlow's order. */
  readonly file: ModelFile;
  /** What had to be assumed, in sentences. */
  readonly notes: readonly string[];
}

export interface OldWeightsOptions {
  /** Whether the file's kernels come from Theano; asked only where the file does not say. */
  readonly theano?: boolean;
  /** Layer name in the file to layer name in the model, where the two differ. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** As the architecture says it, where the weights' file does not. */
  readonly backend?: string | undefined;
}

const listedNames = 4;

/** Layers whose kernels Theano turns by 180 degrees before it multiplies; it turns no depthwise kernel. */
const turnedByTheano: ReadonlySet<string> = new Set(["Conv1D", "Conv2D", "Conv2DTranspose"]);

/** Brings the weights of Keras 1's files, and of files that Theano wrote, into the names and the order of today.
 * @throws WeightsFormatError if numbered layers do not fit the model's */
export function modernise(file: ModelFile, layers: readonly Layer[], options: OldWeightsOptions = {}): OldWeights {
  if (file.format !== "keras-h5" && file.format !== NUMBERED_FORMAT) return { file, notes: [] };
  const backend = file.backend ?? options.backend;
  const isTheano = backend === undefined ? options.theano === true : backend === "theano";
  const isOld = file.kerasVersion === undefined || /^[01]\./.test(file.kerasVersion);
  if (!isOld && !isTheano) return { file, notes: [] };
  const named = file.format === NUMBERED_FORMAT ? byNumber(file, layers) : file.layers;
  // by the same names as later: a kernel that is not found here would stay as it is, and might fit all the same
  const aliases = new Map([...renumberedLayers(slotsOf(layers), { layers: named }), ...(options.aliases ?? [])]);
  const withWeights = layers.filter((layer) => layer.weights.length > 0);
  const byName = new Map(withWeights.map((layer) => [layer.name, layer]));
  const work: Work = { byName, aliases, isOld, isTheano, kernels: 0 };
  const modern = named.map((stored) => ({
    ...stored,
    weights: stored.weights.map((weight) => moderniseWeight(weight, work)),
  }));
  return {
    file: { ...file, layers: modern, close: () => file.close() },
    notes: [
      ...(work.kernels > 0 && backend === undefined ? [assumed(file.name, isTheano)] : []),
      ...(isTheano ? paddedOtherwise(layers) : []),
    ],
  };
}

/** With padding "same" Theano's windows began half a window before the picture, TensorFlow's begin where as much sticks
 * out behind as before: the same for an odd window that moves by 1. Keras computes as TensorFlow does, whoever trained. */
function paddedOtherwise(layers: readonly Layer[]): string[] {
  const differs = ({ config }: Layer) => {
    const sizes = [config.kernel_size ?? config.pool_size ?? 1].flat();
    const strides = [config.strides ?? 1].flat();
    const isPlain = sizes.every((size) => Number(size) % 2 === 1) && strides.every((stride) => stride === 1);
    return config.padding === "same" && !isPlain;
  };
  const names = layers.filter(differs).map((layer) => layer.name);
  if (names.length === 0) return [];
  const more = names.length > listedNames ? `, and ${names.length - listedNames} more` : "";
  return [
    `Theano placed the windows of ${names.slice(0, listedNames).join(", ")}${more} otherwise ("same" with an even size ` +
      "or a stride); they are placed as TensorFlow, and Keras on it, does.",
  ];
}

interface Work {
  /** The model's layers that have weights. */
  readonly byName: ReadonlyMap<string, Layer>;
  /** Layer name in the file to layer name in the model. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly isOld: boolean;
  readonly isTheano: boolean;
  /** Kernels that Theano would have turned, found so far. */
  kernels: number;
}

function assumed(name: string, isTheano: boolean): string {
  return isTheano
    ? `${name} does not name its backend; Theano was assumed, as asked for: kernels are turned by 180 degrees.`
    : `${name} does not name its backend; TensorFlow was assumed. If the model was trained on Theano, whose kernels ` +
        "are turned by 180 degrees, load it with the option theano.";
}

/** Layers with weights in the file, one after another, are those with weights in the model. */
function byNumber(file: ModelFile, layers: readonly Layer[]): StoredLayer[] {
  const own = layers.filter((layer) => layer.weights.length > 0);
  const stored = file.layers.filter((layer) => layer.weights.length > 0);
  if (own.length !== stored.length)
    throw new WeightsFormatError(
      `${file.name} has ${stored.length} layers with weights (of ${file.layers.length}), known by their numbers alone; ` +
        `the model has ${own.length} (${own
          .slice(0, listedNames)
          .map((layer) => layer.name)
          .join(", ")}, ...). Is it the architecture of this very file?`,
    );
  return stored.map((layer, i) => {
    const name = own[i]?.name ?? layer.name;
    return { ...layer, name, weights: layer.weights.map((weight) => ({ ...weight, layer: name })) };
  });
}

function moderniseWeight(weight: StoredWeight, work: Work): StoredWeight {
  const owned = ownerOf(weight, work);
  if (!owned) return weight;
  const { layer, here } = owned;
  const wanted = kernelOf(layer, weight);
  if (!wanted) return here;
  if (turnedByTheano.has(layer.className)) work.kernels++;
  const turning = turningOf({ weight, layer, wanted }, work);
  return turning ? turned(here, turning) : here;
}

interface Owned {
  readonly layer: Layer;
  /** The weight under the name of its layer. */
  readonly here: StoredWeight;
}

/** The layer that a weight will be given to. In Keras 1 a nested model is one group whose weights are called `layer_W`. */
function ownerOf(weight: StoredWeight, { byName, aliases }: Work): Owned | undefined {
  const told = ownerNames(weight, byName, aliases).flatMap((name) => byName.get(name) ?? [])[0];
  if (told) return { layer: told, here: weight };
  const plain = weight.name
    .replace(/:\d+$/, "")
    .replace(/_(?:W|b|depthwise_kernel|pointwise_kernel|gamma|beta|running_mean|running_std|alphas)(?:_\d+)?$/, "");
  for (const name of [`${weight.layer}/${plain}`, plain]) {
    const layer = byName.get(aliases.get(name) ?? name);
    if (layer) return { layer, here: { ...weight, layer: name } };
  }
  return undefined;
}

/** The shape that the model wants for a weight that is a kernel of a convolution. */
function kernelOf(layer: Layer, { name, shape }: StoredWeight): readonly number[] | undefined {
  if (shape.length < 3) return undefined;
  const kernels = layer.weights.filter((spec) => spec.name.endsWith("kernel") && spec.shape.length >= 3);
  return (kernels.length === 1 ? kernels[0] : kernels.find((spec) => name.includes(spec.name)))?.shape;
}

interface Kernel {
  readonly weight: StoredWeight;
  readonly layer: Layer;
  readonly wanted: readonly number[];
}

function turningOf(kernel: Kernel, { isOld, isTheano }: Work): Turning | undefined {
  const { className } = kernel.layer;
  const order = isOld ? oldOrder(kernel) : undefined;
  const flip = isTheano && turnedByTheano.has(className) ? kernel.wanted.length - 2 : 0;
  if (order === undefined && flip === 0) return undefined;
  const shape = order ? order.map((axis) => kernel.weight.shape[axis] ?? 1) : kernel.weight.shape;
  // Keras 1 computed Conv1D as a convolution of height length and width 1
  const isRow = kernel.wanted.length === 3 && shape.length === 4 && shape[1] === 1;
  const result = isRow ? shape.filter((_, axis) => axis !== 1) : shape;
  return { order: order ?? shape.map((_, axis) => axis), flip, shape: result };
}

/** Which axis of a Keras 1 kernel each axis of ours is; undefined for one that is in today's order. */
function oldOrder({ weight, layer, wanted }: Kernel): readonly number[] | undefined {
  const { shape, name } = weight;
  if (shape.length !== 4) return undefined;
  const isTransposed = layer.className === "Conv2DTranspose";
  const isFirst = layer.config.data_format === "channels_first";
  const now = [0, 1, 2, 3];
  const orders = isTransposed
    ? [isFirst ? [2, 3, 0, 1] : [0, 1, 3, 2]]
    : wanted.length === 3
      ? [now, [2, 3, 1, 0]]
      : isFirst
        ? [[2, 3, 1, 0]]
        : [];
  // files that others wrote without a version may have today's names and order
  const candidates = isModernName(name) ? [now, ...orders] : orders;
  const want = wanted.length === 3 ? [wanted[0], 1, ...wanted.slice(1)] : wanted;
  const found = candidates.find((order) => order.every((axis, i) => shape[axis] === want[i]));
  return found === now && wanted.length === 4 ? undefined : found;
}

/** `conv/kernel:0`: Keras 1 wrote `conv_W`, and had no path for its depthwise kernels. */
function isModernName(name: string): boolean {
  return /\/(?:depthwise_|pointwise_)?kernel(?:_\d+)?(?::\d+)?$/.test(name);
}
