import { UnsupportedLayerError, WeightsFormatError } from "../errors.ts";
import { readCalls, readEnds, type Source } from "./connections.ts";
import { kerasMajorOf } from "./keras-version.ts";
import { convertKeras1, type Keras1Options } from "./keras1.ts";
import { flattenNested, type NestedModel } from "./nested.ts";
import type { Operation } from "./operations/argument.ts";
import { readOperation } from "./operations/read-operation.ts";
import { asList, asName, asObject, isWhole, type JsonObject, property, refuse } from "./untrusted.ts";

/** The output of one call of one layer. */
export interface Ref {
  readonly layer: string;
  readonly call: number;
}

export interface GraphLayer {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  /** Where in the file the config stands, for messages. */
  readonly path: string;
  /** What each call of the layer is called on; a shared layer has several, an input layer one without sources. */
  readonly calls: readonly (readonly Ref[])[];
  /** For a plain operation of TensorFlow or Keras 3, which may have a layer's class name: what it computes. */
  readonly operation?: Operation | undefined;
}

/** A model as its config describes it, checked for form and with nested models put in place, not yet built. */
export interface GraphConfig {
  readonly name: string;
  /** In Keras' order. */
  readonly layers: readonly GraphLayer[];
  readonly inputs: readonly string[];
  readonly outputs: readonly Ref[];
}

/** A whole model's config. */
export interface ModelConfig extends GraphConfig {
  /** Of the Keras that wrote it: 1, 2 or 3. */
  readonly kerasMajor: number;
  /** The config itself, as Keras 2 or 3 writes it. */
  readonly config: unknown;
  /** What had to be assumed, in sentences. */
  readonly notes: readonly string[];
  /** Shapes in Keras' order that layers were told to give, by the layer's options. */
  readonly toldShapes: ReadonlyMap<JsonObject, readonly unknown[]>;
}

/** A layer, or a model in a layer's place, with the sources as the config writes them. */
export interface Entry {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  readonly path: string;
  readonly calls: readonly (readonly Source[])[];
  readonly operation?: Operation | undefined;
  readonly nested?: NestedModel;
}

const functionalClasses: ReadonlySet<unknown> = new Set(["Functional", "Model"]);
const mostLayers = 10_000;
const deepestNesting = 8;
const mostTextLength = 64 * 2 ** 20;

/** Reads what `model.to_json()` writes: class_name Sequential, Functional or Model, of Keras 1, 2 or 3.
 * @param json the text, or what JSON.parse made of it
 * @throws WeightsFormatError for what is no such config, UnsupportedLayerError for models this version cannot run */
export function parseModelConfig(json: unknown, options: Keras1Options = {}): ModelConfig {
  const value = typeof json === "string" ? parseText(json) : json;
  const old = convertKeras1(value, options);
  const config = old ? old.config : value;
  return {
    ...parseModel(config, "model", 0),
    config,
    kerasMajor: old ? 1 : kerasMajorOf(value),
    notes: old?.notes ?? [],
    toldShapes: old?.toldShapes ?? new Map(),
  };
}

function parseText(text: string): unknown {
  if (text.length > mostTextLength)
    throw new WeightsFormatError(`model config: ${text.length} characters of JSON; at most ${mostTextLength} are read`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WeightsFormatError(`model config: this is not JSON (${String(cause)})`, { cause });
  }
}

function isModelClass(className: unknown): boolean {
  return className === "Sequential" || functionalClasses.has(className);
}

function parseModel(value: unknown, path: string, depth: number): GraphConfig {
  if (depth > deepestNesting)
    throw new WeightsFormatError(`model config: ${path}: models are nested more than ${deepestNesting} deep`);
  const model = asObject(value, path);
  const className = asName(property(model, "class_name"), `${path}.class_name`);
  if (!isModelClass(className))
    throw new UnsupportedLayerError(
      `model config: ${path} is of class ${className}; supported: Sequential, Functional and Model. ` +
        "A subclassed model has its structure in Python code: rebuild it with Keras' functional API.",
    );
  const body = property(model, "config");
  const at = `${path}.config`;
  // Keras before 2.2.3 wrote a Sequential's layers without the object around them.
  const config = className === "Sequential" && Array.isArray(body) ? { layers: body } : asObject(body, at);
  const name = asName(property(config, "name") ?? className.toLowerCase(), `${at}.name`);
  const listed = asList(property(config, "layers"), `${at}.layers`);
  if (listed.length === 0 || listed.length > mostLayers)
    refuse(`${at}.layers`, `a list of ${listed.length}`, `1 to ${mostLayers} layers`);
  const entries = listed.map((entry, i) => parseEntry(entry, `${at}.layers[${i}]`, depth));
  if (className === "Sequential") return flattenNested(sequence(name, entries, { config, path: at }));
  const inputs = readEnds(property(config, "input_layers"), `${at}.input_layers`);
  const outputs = readEnds(property(config, "output_layers"), `${at}.output_layers`);
  if (inputs.length === 0 || outputs.length === 0)
    refuse(`${at}.${inputs.length === 0 ? "input" : "output"}_layers`, [], "at least one");
  return flattenNested({ name, path: at, entries, inputs: inputs.map((input) => input.layer), outputs });
}

function parseEntry(value: unknown, path: string, depth: number): Entry {
  const entry = asObject(value, path);
  const registered = property(entry, "registered_name");
  const isCustom = typeof registered === "string" && registered.includes(">");
  // a custom class may have the name of one of Keras' own
  const className = asName(isCustom ? registered : property(entry, "class_name"), `${path}.class_name`);
  const model = isModelClass(className);
  const body = property(entry, "config");
  const config = model && Array.isArray(body) ? {} : asObject(body, `${path}.config`);
  // a node of a TensorFlow graph has another name than its layer
  const names = className === "TensorFlowOpLayer" ? [entry, config] : [config, entry];
  const name = asName(names.map((one) => property(one, "name")).find(isSaid), `${path}.config.name`);
  const found = isCustom ? undefined : readOperation(entry, path);
  const calls =
    found?.calls ?? readCalls(property(entry, "inbound_nodes"), `${path} (${className} "${name}").inbound_nodes`);
  const base = { name, className, config, path: `${path}.config`, calls, operation: found?.operation };
  return model ? { ...base, nested: parseModel(entry, path, depth + 1) } : base;
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A Sequential as a graph: every layer is called once, on the one before it. */
function sequence(name: string, entries: readonly Entry[], about: { config: JsonObject; path: string }) {
  const all = entries[0]?.className === "InputLayer" ? entries : [impliedInput(entries, about), ...entries];
  const wired = all.map((entry, i) => {
    const before = all[i - 1];
    return { ...entry, calls: before ? [[{ layer: before.name, call: 0, output: 0 }]] : [] };
  });
  const [first, last] = [wired[0], wired.at(-1)];
  if (!first || !last) refuse(`${about.path}.layers`, [], "a list of layers");
  const outputs = [{ layer: last.name, call: 0, output: 0 }];
  return { name, path: about.path, entries: wired, inputs: [first.name], outputs };
}

/** The input layer that a Sequential leaves out when its first layer, or the model itself, tells the shape. */
function impliedInput(entries: readonly Entry[], { config, path }: { config: JsonObject; path: string }): Entry {
  const first = entries[0];
  if (!first) refuse(`${path}.layers`, [], "a list of layers");
  const inner = first.nested?.layers.find((layer) => layer.name === first.nested?.inputs[0]);
  const told = [first.config, inner?.config ?? {}].flatMap((options) => [
    property(options, "batch_input_shape"),
    property(options, "batch_shape"),
    batched(property(options, "input_shape")),
  ]);
  const shapes = [...told, property(config, "build_input_shape"), property(config, "batch_input_shape")];
  const shape = shapes.find((candidate) => Array.isArray(candidate));
  if (!shape)
    throw new WeightsFormatError(
      `model config: ${path} never says its input's shape; save the model after it was built, or with an Input layer first`,
    );
  const name = `${first.name}_input`;
  return {
    name,
    className: "InputLayer",
    config: { name, batch_input_shape: shape },
    path: `${path} (implied input)`,
    calls: [],
  };
}

function batched(shape: unknown): unknown {
  return Array.isArray(shape) && shape.every((extent) => extent === null || isWhole(extent, 1))
    ? [null, ...shape]
    : undefined;
}
