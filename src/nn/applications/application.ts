import { inflateSync, strFromU8 } from "fflate";
import { nearest, UnknownNameError, WeightsFormatError } from "../../errors.ts";
import type { Engine } from "../../tensor/engine.ts";
import { Model } from "../model.ts";
import type { JsonObject } from "../untrusted.ts";
import architectures from "./architectures.json" with { type: "json" };
import { type ApplicationOptions, ConfigBuilder } from "./builder.ts";
import { aliasResnet50 } from "./resnet50.ts";

/** A network of keras.applications. */
export interface Application {
  /** Keras' name in small letters: "vgg16", "efficientnetb0". */
  readonly name: string;
  /** Keras' name: "VGG16", "EfficientNetB0". */
  readonly title: string;
  /** Height and width of the pictures that it takes with its classifier. */
  readonly inputSize: number;
  /** Keras' `preprocess_input`; "raw" for a network that takes 0..255 and scales them itself. */
  readonly preprocessing: "caffe" | "tf" | "torch" | "raw";
  /** Keras' `count_params()`, with the classifier. */
  readonly parameters: number;
}

interface Stored extends Omit<Application, "name"> {
  /** base64 of deflate of `StoredLayers`. */
  readonly layers: string;
}

/** `inputs`: how many places before the layer each of its inputs stands; [1] unless given. */
type StoredLayer = readonly [className: string, name: string, options: JsonObject, inputs?: readonly number[]];

/** Written by tools/convert/applications.py. */
interface StoredLayers {
  readonly layers: readonly StoredLayer[];
  /** How many of the last layers are the classifier. */
  readonly top: number;
  /** What else differs without the classifier, for pictures of any size. */
  readonly open?: {
    /** Options by the layer's place. */
    readonly changes: Readonly<Record<string, JsonObject>>;
    readonly layers: readonly StoredLayer[];
  };
  /** Names of layers with weights in the published files, to the names here, where the two differ. */
  readonly older?: readonly (readonly [older: string, name: string])[];
}

const stored = new Map(Object.entries(architectures as Readonly<Record<string, Stored>>));

/** The networks of keras.applications that can be made by name. */
export const applications: readonly Application[] = [...stored].map(([name, { layers: _, ...facts }]) => ({
  name,
  ...facts,
}));

const imagenetClasses = 1000;

/** The network of that name, without weights, which `loadWeights` brings. x is [n, h, w, 3], preprocessed as
 * `model.preprocessing` says; h and w are the application's `inputSize` with the classifier and free without it.
 * @param name one of `applications`: "vgg16", "mobilenetv2", "efficientnetb0"; capitals make no difference
 * @throws UnknownNameError with the nearest name; WeightsFormatError for `classes` below 1 */
export function application(engine: Engine, name: string, options: ApplicationOptions = {}): Model {
  const model = Model.fromConfig(engine, applicationConfig(name, options));
  const found = find(name);
  model.preprocessing = found.preprocessing;
  const known = new Set(model.layers.map((layer) => layer.name));
  for (const [older, now] of unpack(found).older ?? []) if (known.has(now)) model.aliases.set(older, now);
  aliasResnet50(model);
  return model;
}

/** What the layers are called in published files, to their names here, where the two differ. */
export function olderNames(name: string): ReadonlyMap<string, string> {
  return new Map(stored.has(name) ? unpack(find(name)).older : []);
}

/** The network of that name as a config for `Model.fromConfig`, with Keras' layer names.
 * @throws as `application` */
export function applicationConfig(name: string, options: ApplicationOptions = {}): JsonObject {
  const { includeTop = true, classes = imagenetClasses } = options;
  const found = find(name);
  const layers = layersOf(unpack(found), { includeTop, classes });
  const size = includeTop ? found.inputSize : null;
  const config = new ConfigBuilder(found.title.toLowerCase());
  for (const [i, [className, layer, layerOptions, inputs = [1]]] of layers.entries()) {
    if (i === 0) config.input(layer, [size, size, 3]);
    else config.add(className, layer, layerOptions, ...inputs.map((distance) => layers[i - distance]?.[1] ?? ""));
  }
  return config.finish(layers.at(-1)?.[1] ?? "");
}

function layersOf({ layers, top, open }: StoredLayers, options: Required<ApplicationOptions>): StoredLayer[] {
  const body = layers.slice(0, layers.length - top);
  if (options.includeTop) {
    const classifier = layers.slice(layers.length - top);
    return [...body, ...classifier.map((layer) => withClasses(layer, options.classes))];
  }
  const changed = body.map((layer, i): StoredLayer => {
    const [className, name, , ...inputs] = layer;
    const change = open?.changes[i];
    return change ? [className, name, change, ...inputs] : layer;
  });
  return [...changed, ...(open?.layers ?? [])];
}

/** The classifier's layers say 1000 where they mean the classes. */
function withClasses([className, name, options, ...inputs]: StoredLayer, classes: number): StoredLayer {
  if (!Number.isInteger(classes) || classes < 1)
    throw new WeightsFormatError(`application: classes is ${classes}; a whole number of at least 1 is wanted`);
  const put = (value: unknown) => (value === imagenetClasses ? classes : value);
  const entries = Object.entries(options).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.map(put) : put(value),
  ]);
  return [className, name, Object.fromEntries(entries), ...inputs];
}

function unpack({ layers }: Stored): StoredLayers {
  const bytes = Uint8Array.from(atob(layers), (character) => character.charCodeAt(0));
  return JSON.parse(strFromU8(inflateSync(bytes))) as StoredLayers;
}

function find(name: string): Stored {
  const found = stored.get(name.toLowerCase());
  if (found) return found;
  const guess = nearest(name.toLowerCase(), stored.keys());
  throw new UnknownNameError(
    `there is no application "${name}"${guess ? `; did you mean "${guess}"?` : "."} Known: ${[...stored.keys()].join(", ")}.`,
  );
}
