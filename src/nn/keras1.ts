import { UnsupportedLayerError } from "../errors.ts";
import { convertKeras1Layer } from "./keras1-layers.ts";
import { unrollMergedBranches } from "./keras1-merge.ts";
import { listed } from "./names.ts";
import { asList, asObject, isObject, type JsonObject, property, textOf } from "./untrusted.ts";

export interface Keras1Options {
  /** Whether the model was trained on Theano, whose images were [n, c, h, w] unless a layer says otherwise. */
  readonly theano?: boolean;
}

/** What the conversion of one model knows and learns. */
export interface Keras1Context {
  readonly theano: boolean;
  /** Layers that do not say their order of axes. */
  readonly undecided: string[];
  /** What Deconvolution2D was told its output's shape would be, by the options of its translation. */
  readonly toldShapes: Map<JsonObject, readonly unknown[]>;
  /** Models in models that have no name of their own. */
  unnamed: number;
}

export interface Keras2Config {
  /** In Keras 2's words. */
  readonly config: unknown;
  /** What had to be assumed, in sentences. */
  readonly notes: readonly string[];
  /** Shapes that layers of these options were told to give, in Keras' order. */
  readonly toldShapes: ReadonlyMap<JsonObject, readonly unknown[]>;
}

const deepest = 16;
const modelClasses: ReadonlySet<unknown> = new Set(["Sequential", "Model"]);

/** Names of layers that only Keras 1 has. */
const oldClasses: ReadonlySet<unknown> = new Set([
  "Convolution1D",
  "Convolution2D",
  "Convolution3D",
  "AtrousConvolution1D",
  "AtrousConvolution2D",
  "Deconvolution2D",
  "SeparableConvolution2D",
  "Merge",
  "MaxoutDense",
  "Highway",
  "TimeDistributedDense",
  "ParametricSoftplus",
  "SReLU",
]);

/** Options that only Keras 1's layers have. */
const oldOptions: readonly string[] = [
  "nb_filter",
  "nb_row",
  "border_mode",
  "dim_ordering",
  "subsample",
  "W_regularizer",
  "b_regularizer",
  "input_dtype",
  "concat_axis",
];
const oldOptionsOf: Readonly<Record<string, readonly string[]>> = {
  Dense: ["output_dim"],
  Dropout: ["p"],
  SpatialDropout2D: ["p"],
  GaussianDropout: ["p"],
  GaussianNoise: ["sigma"],
  BatchNormalization: ["mode", "gamma_init"],
  MaxPooling1D: ["pool_length"],
  AveragePooling1D: ["pool_length"],
};

/** Turns a config of Keras 1 (or 0.x) into Keras 2's words; undefined for one that is not from Keras 1.
 * It is told by what stands in it, since the version is often missing.
 * @throws UnsupportedLayerError for what Keras 2 has no layer for, WeightsFormatError for what makes no sense */
export function convertKeras1(config: unknown, options: Keras1Options = {}): Keras2Config | undefined {
  if (!isKeras1(config, 0)) return undefined;
  const context: Keras1Context = { theano: options.theano ?? false, undecided: [], toldShapes: new Map(), unnamed: 0 };
  const converted = convertModel(config, "model", context);
  const { undecided } = context;
  const order = context.theano ? '"th" (channels first), as on Theano' : '"tf" (channels last), as on TensorFlow';
  const names = listed(undecided, 4);
  const notes = undecided.length > 0 ? [`dim_ordering is missing (${names}); ${order}, was assumed.`] : [];
  return { config: converted, notes, toldShapes: context.toldShapes };
}

function isKeras1(value: unknown, depth: number): boolean {
  if (!isObject(value) || depth > deepest) return false;
  const className = property(value, "class_name");
  if (className === undefined) return property(value, "name") === "Sequential" && listedIn(value).length > 0;
  const body = property(value, "config");
  if (modelClasses.has(className)) {
    const layers = Array.isArray(body) ? body : listedIn(body);
    return layers.some((layer) => isKeras1(layer, depth + 1));
  }
  if (oldClasses.has(className)) return true;
  if (!isObject(body) || typeof className !== "string") return false;
  const own = Object.hasOwn(oldOptionsOf, className) ? (oldOptionsOf[className] ?? []) : [];
  return [...oldOptions, ...own].some((key) => Object.hasOwn(body, key));
}

function listedIn(value: unknown): readonly unknown[] {
  const layers = isObject(value) ? property(value, "layers") : undefined;
  return Array.isArray(layers) ? layers : [];
}

function convertModel(value: unknown, path: string, context: Keras1Context, depth = 0): JsonObject {
  if (depth > deepest) throw new UnsupportedLayerError(`model config: ${path}: models are nested over ${deepest} deep`);
  const model = asObject(value, path);
  const className = property(model, "class_name");
  if (className === undefined) return convertOldest(model, path, context);
  const body = property(model, "config");
  const convert = (layers: unknown) =>
    asList(layers, `${path}.config.layers`).map((layer, i) =>
      convertEntry(layer, `${path}.config.layers[${i}]`, context, depth),
    );
  if (!Array.isArray(body)) {
    const config = asObject(body, `${path}.config`);
    return { ...model, config: { ...config, layers: convert(property(config, "layers")) } };
  }
  const name = property(model, "name");
  const layers = convert(body);
  return unrollMergedBranches({ ...model, config: { ...(name !== undefined && { name }), layers } }, layers, path);
}

function convertEntry(value: unknown, path: string, context: Keras1Context, depth: number): JsonObject {
  const entry = asObject(value, path);
  if (modelClasses.has(property(entry, "class_name")))
    return convertModel(named(entry, context), path, context, depth + 1);
  const config = asObject(property(entry, "config"), `${path}.config`);
  const branches = property(config, "layers");
  if (property(entry, "class_name") !== "Merge" || branches === undefined)
    return convertKeras1Layer(entry, path, context);
  const inner = asList(branches, `${path}.config.layers`).map((branch, i) =>
    convertEntry(branch, `${path}.config.layers[${i}]`, context, depth + 1),
  );
  const { layers: _, ...merge } = config;
  return { ...convertKeras1Layer({ ...entry, config: merge }, path, context), branches: inner };
}

/** A Sequential in a Sequential has no name in Keras 1. */
function named(model: JsonObject, context: Keras1Context): JsonObject {
  const isNamed = property(model, "name") !== undefined || !Array.isArray(property(model, "config"));
  return isNamed ? model : { ...model, name: `sequential_${++context.unnamed}` };
}

/** Keras 0.x wrote a layer's class as its `name`, its options beside it, and its own name as `custom_name`. */
function convertOldest(model: JsonObject, path: string, context: Keras1Context): JsonObject {
  const numbers = new Map<string, number>();
  const layers = listedIn(model).map((value, i) => {
    const at = `${path}.layers[${i}]`;
    const { name: className, custom_name: custom, cache_enabled: _, ...rest } = asObject(value, at);
    const stem = textOf(className).toLowerCase();
    const number = (numbers.get(stem) ?? 0) + 1;
    numbers.set(stem, number);
    const plain = custom === undefined || custom === stem;
    const config = { ...rest, name: plain ? `${stem}_${number}` : custom };
    return convertEntry({ class_name: className, config }, at, context, 0);
  });
  return { class_name: "Sequential", config: { name: "sequential", layers } };
}
