import { UnsupportedLayerError } from "../errors.ts";
import type { Keras1Context } from "./keras1.ts";
import { convertMerge } from "./keras1-merge.ts";
import {
  asName,
  asObject,
  isObject,
  isWhole,
  type JsonObject,
  property,
  refuse,
  showJson,
  textOf,
} from "./untrusted.ts";

type Values = Record<string, unknown>;

/** How the options of one class are called in Keras 2, and what else becomes of them. */
interface Translation {
  readonly className?: string;
  readonly renamed?: Readonly<Record<string, string>>;
  /** Options that two old ones become, [rows, columns]. */
  readonly pairs?: Readonly<Record<string, readonly [string, string]>>;
  /** Whether the layer has an order of axes. */
  readonly ordered?: boolean;
  readonly more?: (config: Values, about: { title: string; path: string }) => Values;
}

const convolution: Translation = {
  renamed: { nb_filter: "filters", border_mode: "padding", subsample: "strides", bias: "use_bias" },
  pairs: { kernel_size: ["nb_row", "nb_col"] },
  ordered: true,
};
const row: Translation = {
  className: "Conv1D",
  renamed: {
    nb_filter: "filters",
    filter_length: "kernel_size",
    border_mode: "padding",
    subsample_length: "strides",
    bias: "use_bias",
    atrous_rate: "dilation_rate",
  },
};
const pooling: Translation = { renamed: { border_mode: "padding" }, ordered: true };
const rowPooling: Translation = {
  renamed: { pool_length: "pool_size", stride: "strides", border_mode: "padding" },
};
const dropout: Translation = { renamed: { p: "rate" } };
const ordered: Translation = { ordered: true };

const translations: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ["Convolution2D", { ...convolution, className: "Conv2D" }],
  [
    "AtrousConvolution2D",
    { ...convolution, className: "Conv2D", renamed: { ...convolution.renamed, atrous_rate: "dilation_rate" } },
  ],
  ["Deconvolution2D", { ...convolution, className: "Conv2DTranspose" }],
  ["SeparableConvolution2D", { ...convolution, className: "SeparableConv2D" }],
  ["Convolution1D", row],
  ["AtrousConvolution1D", row],
  ["MaxPooling2D", pooling],
  ["AveragePooling2D", pooling],
  ["GlobalMaxPooling2D", ordered],
  ["GlobalAveragePooling2D", ordered],
  ["MaxPooling1D", rowPooling],
  ["AveragePooling1D", rowPooling],
  ["ZeroPadding2D", { ordered: true, more: convertSides }],
  ["ZeroPadding1D", { more: convertRowSides }],
  ["Cropping2D", ordered],
  ["UpSampling2D", ordered],
  ["UpSampling1D", { renamed: { length: "size" } }],
  ["Dense", { renamed: { output_dim: "units", bias: "use_bias" } }],
  ["Dropout", dropout],
  ["GaussianDropout", dropout],
  ["SpatialDropout1D", dropout],
  ["SpatialDropout2D", { ...dropout, ordered: true }],
  ["GaussianNoise", { renamed: { sigma: "stddev" } }],
  ["BatchNormalization", { more: checkMode }],
]);

/** What matters in training alone, and how values came about. */
const dropped = /^(?:init|\w+_init|\w*regularizer|\w*constraint|input_dtype|weights|input_length|cache_enabled)$/;

/** A layer of Keras 1 in Keras 2's words; one that neither Keras 2 nor this table knows stays as it is, to be refused
 * by its name when the model is built. */
export function convertKeras1Layer(entry: JsonObject, path: string, context: Keras1Context): JsonObject {
  const className = asName(property(entry, "class_name"), `${path}.class_name`);
  const given = asObject(property(entry, "config"), `${path}.config`);
  const name = property(given, "name") ?? property(entry, "name");
  const about = { title: `${className} ${showJson(name)}`, path: `${path}.config` };
  if (className === "Merge") return { ...entry, ...convertMerge(given, about) };
  const translation = translations.get(className) ?? {};
  const options = withInputShape(rename(given, translation, className), className);
  if (translation.ordered) options.data_format = dataFormat(given, about.path, { name: textOf(name), context });
  const config = translation.more ? translation.more(options, about) : options;
  if (className === "Deconvolution2D") noteOutputShape(config, context);
  return { ...entry, class_name: translation.className ?? className, config };
}

/** Keras 1 was told the shape that Keras 2 computes: they are compared when the model is built. */
function noteOutputShape(config: Values, { toldShapes }: Keras1Context): void {
  const shape = config.output_shape;
  delete config.output_shape;
  if (Array.isArray(shape)) toldShapes.set(config, shape);
}

function rename(given: JsonObject, { renamed = {}, pairs = {} }: Translation, className: string): Values {
  const config: Values = {};
  const halves = new Set(Object.values(pairs).flat());
  for (const key of Object.keys(given)) {
    if (dropped.test(key) || halves.has(key) || key === "dim_ordering") continue;
    const name = Object.hasOwn(renamed, key) ? (renamed[key] ?? key) : key;
    // an own property, whatever it is called
    Object.defineProperty(config, name, { value: given[key], enumerable: true, writable: true, configurable: true });
  }
  for (const [name, [rows, columns]] of Object.entries(pairs))
    if (property(given, rows) !== undefined) config[name] = [property(given, rows), property(given, columns)];
  const type = property(given, "input_dtype");
  if (className === "InputLayer" && typeof type === "string") config.dtype = type;
  return config;
}

/** A first dense layer may tell its input's shape by `input_dim` alone. */
function withInputShape(config: Values, className: string): Values {
  if (className !== "Dense") return config;
  const { input_dim: features, ...rest } = config;
  if (Array.isArray(rest.batch_input_shape) || Array.isArray(rest.input_shape) || !isWhole(features, 1)) return rest;
  return { ...rest, batch_input_shape: [null, features] };
}

function dataFormat(given: JsonObject, path: string, about: { name: string; context: Keras1Context }): string {
  const value = property(given, "dim_ordering");
  const { name, context } = about;
  if (value === "th") return "channels_first";
  if (value === "tf") return "channels_last";
  if (value !== undefined && value !== null && value !== "default")
    refuse(`${path}.dim_ordering`, value, '"th" or "tf"');
  context.undecided.push(name);
  return context.theano ? "channels_first" : "channels_last";
}

function checkMode(config: Values, { title }: { title: string }): Values {
  const { mode, ...rest } = config;
  if (mode !== undefined && mode !== null && mode !== 0)
    throw new UnsupportedLayerError(
      `${title}: option mode = ${showJson(mode)} is not supported; supported: 0, which uses the statistics of training. ` +
        "Modes 1 and 2 compute statistics of the very picture or batch, which no later Keras does.",
    );
  return rest;
}

/** [rows, columns], [top, bottom, left, right], or an object of these four, 0 where one is left out. */
function convertSides(config: Values, { path }: { path: string }): Values {
  const { padding } = config;
  const four = isObject(padding) ? sides(padding, ["top_pad", "bottom_pad", "left_pad", "right_pad"], path) : padding;
  if (!Array.isArray(four) || four.length !== 4) return config;
  return { ...config, padding: [four.slice(0, 2), four.slice(2)] };
}

function convertRowSides(config: Values, { path }: { path: string }): Values {
  const { padding } = config;
  return isObject(padding) ? { ...config, padding: sides(padding, ["left_pad", "right_pad"], path) } : config;
}

function sides(given: JsonObject, names: readonly string[], path: string): unknown[] {
  const stranger = Object.keys(given).find((key) => !names.includes(key));
  if (stranger !== undefined) refuse(`${path}.padding`, given, `an object of ${names.join(", ")}`);
  return names.map((name) => property(given, name) ?? 0);
}
