import { UnsupportedLayerError } from "../errors.ts";
import type { Size } from "../image/types.ts";
import { parseModelConfig } from "../nn/config.ts";
import type { Layer } from "../nn/graph.ts";
import type { LayerShape } from "../nn/layer.ts";
import { Model } from "../nn/model.ts";
import { initialize } from "../nn/trainable.ts";
import { asList, asObject, type JsonObject, property } from "../nn/untrusted.ts";
import type { Seed } from "../random.ts";
import { copyElements } from "../tensor/rows.ts";

/** A layer to be put on a network. */
export interface AddedLayer {
  readonly className: string;
  readonly name: string;
  /** Keras' options but the name. */
  readonly options: JsonObject;
  readonly input: string;
  /** For an operation of Keras 3, which is no layer. */
  readonly operation?: { readonly module: string; readonly inputShape: LayerShape };
}

/** What a network gets instead of what comes after one of its layers. */
export interface Graft {
  /** The layer that the new ones stand on; what it does not need is left out. */
  readonly from: Layer;
  readonly added: readonly AddedLayer[];
  /** Layers whose outputs are the new model's. */
  readonly outputs: readonly string[];
  /** Put behind the model's name; nothing unless given. */
  readonly suffix?: string;
  /** Of the new layers' weights. */
  readonly seed: Seed;
  /** What pictures the new model takes; those that the old one took unless given. */
  readonly inputSize?: Size;
}

/** A model of the same engine with other layers behind one of its own: the weights before are copies, those of the new
 * layers are drawn by their initialisers. Its config is a functional one, in the form that Keras 2 and Keras 3 read.
 * @throws UnsupportedLayerError for models nested in the model; WeightsFormatError for weights that were never set, or a
 *         new layer with the name of an old one */
export function graft(model: Model, { from, added, outputs, suffix, seed, inputSize }: Graft): Model {
  const kept = ancestors(model, from);
  model.assertLoaded();
  const { engine } = model;
  const old = asObject(model.config, "model");
  const about = Object.fromEntries(["keras_version", "backend"].map((key) => [key, property(old, key)]));
  const grafted = Model.fromConfig(engine, {
    ...about,
    class_name: "Functional",
    config: {
      name: suffix === undefined ? model.name : `${model.name}_${suffix}`,
      layers: [...keptEntries(model, kept).map((entry) => sized(entry, model, inputSize)), ...added.map(entryOf)],
      input_layers: ends(model.inputNames.filter((name) => kept.has(name))),
      output_layers: ends(outputs),
    },
  });
  for (const { layer, name } of grafted.weightSlots())
    if (kept.has(layer))
      copyElements(model.weightTensor(layer, name), { to: grafted.weightTensor(layer, name), at: 0 });
  initialize(grafted, { seed, layers: ({ name }) => !kept.has(name) });
  if (model.preprocessing !== undefined) grafted.preprocessing = model.preprocessing;
  for (const [alias, name] of model.aliases) if (kept.has(name)) grafted.aliases.set(alias, name);
  return grafted;
}

/** The layer of that name, or the last with feature maps: an image of more than one position.
 * @throws UnsupportedLayerError for a layer without feature maps, or a network that has none; UnknownNameError */
export function featureLayer(model: Model, name: string | undefined): Layer {
  const found = name === undefined ? model.layers.findLast(hasFeatureMaps) : model.layer(name);
  if (found && hasFeatureMaps(found)) return found;
  const which = found ? `"${found.name}" of model "${model.name}"` : `model "${model.name}"`;
  throw new UnsupportedLayerError(
    `${which} gives no feature maps [n, h, w, k] of more than one position; a head for localisation stands on such.`,
  );
}

function hasFeatureMaps({ outputShape, inputs }: Layer): boolean {
  const [, height, width] = outputShape;
  return outputShape.length === 4 && inputs.length > 0 && (height !== 1 || width !== 1);
}

/** How many positions a feature map has; undefined where that is open. */
export function positionsOf([, height, width]: LayerShape): number | undefined {
  return height && width ? height * width : undefined;
}

/** An input layer's entry for pictures of another size. */
function sized(entry: JsonObject, model: Model, size: Size | undefined): JsonObject {
  if (!size || property(entry, "class_name") !== "InputLayer") return entry;
  const options = asObject(property(entry, "config"), "model.config.layers");
  const { channelsFirst, outputShape } = model.layer(String(property(entry, "name")));
  const [batch = null, , , channels = null] = outputShape;
  const { height, width } = size;
  const shape = channelsFirst ? [batch, channels, height, width] : [batch, height, width, channels];
  // Keras 3 calls it the other way
  const key = property(options, "batch_shape") === undefined ? "batch_input_shape" : "batch_shape";
  return { ...entry, config: { ...options, [key]: shape } };
}

/** A layer and all that it is computed from, by name. */
export function ancestors(model: Model, from: Layer): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [from.name];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...model.layer(name).inputs);
  }
  return found;
}

/** The layers as the model's config has them, each with its connections. */
function keptEntries({ name: title, config }: Model, kept: ReadonlySet<string>): JsonObject[] {
  const { layers } = parseModelConfig(config);
  const entries = new Map(entriesOf(config).map((entry) => [nameOf(entry), entry]));
  const isSequential = property(asObject(config, "model"), "class_name") === "Sequential";
  return layers
    .filter(({ name }) => kept.has(name))
    .map(({ name, className, config: options, calls }) => {
      const entry =
        entries.get(name) ?? (className === "InputLayer" ? { class_name: className, config: options } : undefined);
      if (!entry)
        throw new UnsupportedLayerError(
          `model "${title}": its layer "${name}" is part of a model in the model. A head can be put on that inner model ` +
            "alone: save it by itself in Keras, or build the network without nesting.",
        );
      const connected = isSequential
        ? { inbound_nodes: calls.flatMap((call) => calledOn(call.map((ref) => ref.layer))) }
        : {};
      return { ...entry, name, ...connected };
    });
}

function entriesOf(config: unknown): JsonObject[] {
  const body = property(asObject(config, "model"), "config");
  const list = Array.isArray(body)
    ? body
    : asList(property(asObject(body, "model.config"), "layers"), "model.config.layers");
  return list.map((entry) => asObject(entry, "model.config.layers"));
}

function nameOf(entry: JsonObject): unknown {
  return property(asObject(property(entry, "config"), "model.config.layers"), "name") ?? property(entry, "name");
}

function entryOf({ className, name, options, input, operation }: AddedLayer): JsonObject {
  const entry = { class_name: className, name, config: { name, ...options } };
  if (!operation) return { ...entry, inbound_nodes: calledOn([input]) };
  const { module, inputShape: shape } = operation;
  const tensor = { shape, dtype: "float32", keras_history: [input, 0, 0] };
  const args = [{ class_name: "__keras_tensor__", config: tensor }];
  return { ...entry, module, registered_name: className, inbound_nodes: [{ args, kwargs: {} }] };
}

/** One call, in Keras 2's form, which Keras 3 reads too. */
function calledOn(layers: readonly string[]): unknown[] {
  return layers.length === 0 ? [] : [layers.map((layer) => [layer, 0, 0, {}])];
}

function ends(names: readonly string[]): unknown[] {
  return names.map((name) => [name, 0, 0]);
}
