import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BacklightError, nearest, UnknownNameError, WeightsFormatError } from "../src/errors.ts";
import { resnet50, resnet50Config } from "../src/nn/applications/resnet50.ts";
import { vgg16, vgg16Config } from "../src/nn/applications/vgg16.ts";
import { Model } from "../src/nn/model.ts";
import type { Engine } from "../src/tensor/engine.ts";
import type { ByteSource } from "./byte-source.ts";
import { findFile } from "./cache.host.ts";
import { fileSource } from "./file-source.host.ts";
import imagenetClasses from "./imagenet-classes.json" with { type: "json" };
import { openKerasH5 } from "./keras-h5.ts";
import { type LoadOptions, loadModel, loadWeights } from "./load.ts";
import { knownFile } from "./registry.ts";
import { readSafetensors } from "./safetensors.ts";

/** A network that goes by a name instead of a path. */
interface NamedModel {
  readonly config: () => unknown;
  readonly make: (engine: Engine) => Model;
}

const named: Readonly<Record<string, NamedModel>> = {
  vgg16: { config: () => vgg16Config(), make: (engine) => vgg16(engine) },
  "vgg16-notop": {
    config: () => vgg16Config({ includeTop: false }),
    make: (engine) => vgg16(engine, { includeTop: false }),
  },
  resnet50: { config: () => resnet50Config(), make: (engine) => resnet50(engine) },
  "resnet50-notop": {
    config: () => resnet50Config({ includeTop: false }),
    make: (engine) => resnet50(engine, { includeTop: false }),
  },
  "resnet50-old": {
    config: () => resnet50Config({ generation: "old" }),
    make: (engine) => resnet50(engine, { generation: "old" }),
  },
  "resnet50-notop-old": {
    config: () => resnet50Config({ generation: "old", includeTop: false }),
    make: (engine) => resnet50(engine, { generation: "old", includeTop: false }),
  },
};

/** The network that comes with Backlight, under both of its names. */
const embeddedNames = ["efficientnet-lite0", "default"];

/** Every name that `resolveModel` takes besides paths. */
export const modelNames: readonly string[] = [...embeddedNames, ...Object.keys(named)];

export interface ResolveOptions extends LoadOptions {
  /** A name of `modelNames`, or the path of a .h5, .safetensors or .json file. */
  readonly model: string;
  /** A Keras .h5 file: for a named model in place of the cached file, for a .json architecture always. */
  readonly weights?: string | undefined;
}

/** Path of the embedded default model's file. */
export function embeddedModelPath(): string {
  return fileURLToPath(new URL("./efficientnet-lite0.safetensors", import.meta.url));
}

/** Loads a model with its weights, and what is known of its preprocessing and its classes.
 * @throws UnknownNameError for what is neither a name nor a file; BacklightError when a named model's weights are not on
 *   this machine; WeightsFormatError, UnsupportedLayerError, ShapeError for the files' contents */
export async function resolveModel(engine: Engine, options: ResolveOptions): Promise<Model> {
  const { model, weights } = options;
  const known = namedModel(model);
  if (known) {
    const path = weights ?? cachedWeights(model);
    return imagenet(await filled(known.make(engine), path, options));
  }
  const path = modelPath(model);
  const source = openFile(path);
  if (isJson(source)) {
    const text = readText(source);
    if (weights === undefined)
      throw new WeightsFormatError(`${path} is an architecture without weights: give them with --weights FILE.h5.`);
    return await filled(Model.fromConfig(engine, text), weights, options);
  }
  const isImagenet = saysImagenet(source);
  const loaded = await loadModel(engine, source, options);
  if (weights !== undefined) await filled(loaded, weights, options);
  return isImagenet ? imagenet(loaded) : loaded;
}

/** A model's architecture as Keras' JSON, parsed or as text, without its weights; needs no engine.
 * @throws as `resolveModel` */
export async function resolveArchitecture(model: string): Promise<unknown> {
  const known = namedModel(model);
  if (known) return known.config();
  const path = modelPath(model);
  const source = openFile(path);
  if (isJson(source)) return readText(source);
  if (isSafetensors(source)) {
    const { config } = readSafetensors(source).metadata;
    source.close();
    if (config !== undefined) return config;
    throw new WeightsFormatError(`${path} has no "config" in its metadata, so its architecture is unknown.`);
  }
  const file = await openKerasH5(source);
  file.close();
  if (file.config !== undefined) return file.config;
  throw new WeightsFormatError(
    `${path} holds weights but no architecture: there is nothing to summarise. ` +
      `Name the model they are for (${Object.keys(named).join(", ")}) or give its .json file.`,
  );
}

function namedModel(name: string): NamedModel | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined;
}

function modelPath(model: string): string {
  if (embeddedNames.includes(model)) return embeddedModelPath();
  const looksLikePath = /[/\\]|\.(h5|hdf5|keras|safetensors|json)$/i.test(model);
  if (looksLikePath || existsSync(model)) return model;
  const guess = nearest(model, modelNames);
  throw new UnknownNameError(
    `there is no model "${model}"${guess ? `; did you mean "${guess}"?` : "."} ` +
      `Known: ${modelNames.join(", ")}; or give the path of a .h5, .safetensors or .json file.`,
  );
}

function cachedWeights(name: string): string {
  const spec = knownFile(name);
  const found = findFile(spec, {});
  if (found) return found.path;
  throw new BacklightError(
    `the weights of ${name} are not on this machine (${Math.round(spec.sizeBytes / 1e6)} MB). ` +
      `Fetch them once with \`backlight weights fetch ${name}\`, or give the file with --weights FILE.`,
  );
}

async function filled(model: Model, path: string, options: LoadOptions): Promise<Model> {
  try {
    await loadWeights(model, openFile(path), options);
    model.assertLoaded();
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Names the classes of an ImageNet classifier. */
function imagenet(model: Model): Model {
  const classes = model.outputShape.length === 2 ? model.outputShape[1] : undefined;
  if (classes === imagenetClasses.length) model.classNames = imagenetNames();
  return model;
}

/** Names of ImageNet's 1000 classes, in the order of a classifier's outputs. */
export function imagenetNames(): string[] {
  return imagenetClasses.map(([, name = ""]) => name.replaceAll("_", " "));
}

function openFile(path: string): ByteSource {
  try {
    return fileSource(path);
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (cause?.code === "ENOENT") throw new WeightsFormatError(`there is no file ${path}.`, { cause: error });
    if (cause?.code === "EACCES")
      throw new WeightsFormatError(`${path} may not be read: permission denied.`, { cause: error });
    throw error;
  }
}

function isJson(source: ByteSource): boolean {
  const head = new TextDecoder().decode(source.read(0, Math.min(64, source.size)));
  return head.trimStart().startsWith("{");
}

function isSafetensors(source: ByteSource): boolean {
  return source.size > 9 && source.read(8, 1)[0] === 0x7b;
}

function saysImagenet(source: ByteSource): boolean {
  return isSafetensors(source) && readSafetensors(source).metadata.classes === "imagenet-1k";
}

/** No architecture is longer; what is would only fill the memory. */
const mostJsonBytes = 64 * 2 ** 20;

function readText(source: ByteSource): string {
  try {
    if (source.size > mostJsonBytes)
      throw new WeightsFormatError(
        `${source.name} has ${source.size} bytes; at most ${mostJsonBytes} of JSON are read.`,
      );
    return new TextDecoder().decode(source.read(0, source.size));
  } finally {
    source.close();
  }
}
