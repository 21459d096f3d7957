import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BacklightError, nearest, UnknownNameError, WeightsFormatError } from "../src/errors.ts";
import { application, applicationConfig, applications } from "../src/nn/applications/application.ts";
import { type ResNet50Options, resnet50, resnet50Config } from "../src/nn/applications/resnet50.ts";
import type { Model } from "../src/nn/model.ts";
import type { Engine } from "../src/tensor/engine.ts";
import { isText } from "./architecture.ts";
import { orClose } from "./byte-source.ts";
import { findFile } from "./cache.host.ts";
import { imagenetNames } from "./imagenet.ts";
import { type LoadOptions, loadModel, loadWeights, orDispose } from "./load.ts";
import { architectureOf, inFile, type ModelParts, openWeights } from "./model-parts.ts";
import { openSource } from "./model-source.ts";
import { knownFile } from "./registry.ts";

/** A network that goes by a name instead of a path. */
interface NamedModel {
  readonly config: () => unknown;
  readonly make: (engine: Engine) => Model;
}

const oldResnet50 = (options: ResNet50Options): NamedModel => ({
  config: () => resnet50Config({ ...options, generation: "old" }),
  make: (engine) => resnet50(engine, { ...options, generation: "old" }),
});

const named: ReadonlyMap<string, NamedModel> = new Map([
  ...applications.flatMap(({ name }) =>
    [true, false].map((includeTop): [string, NamedModel] => [
      includeTop ? name : `${name}-notop`,
      {
        config: () => applicationConfig(name, { includeTop }),
        make: (engine) => application(engine, name, { includeTop }),
      },
    ]),
  ),
  ["resnet50-old", oldResnet50({})],
  ["resnet50-notop-old", oldResnet50({ includeTop: false })],
]);

/** The networks that come with Backlight, and their files in this folder. */
const embedded: ReadonlyMap<string, string> = new Map([
  ["efficientnet-lite0", "efficientnet-lite0.safetensors"],
  ["default", "efficientnet-lite0.safetensors"],
  ["mnist", "mnist/dense.safetensors"],
  ["mnist-gap", "mnist/gap.safetensors"],
]);

/** Every name that `resolveModel` takes besides paths. */
export const modelNames: readonly string[] = [...embedded.keys(), ...named.keys()];

export interface ResolveOptions extends LoadOptions {
  /** A name of `modelNames`, or the path or URL of a model's file. */
  readonly model: string;
  /** A file of weights: for a named model in place of the cached file, for an architecture always. */
  readonly weights?: string | undefined;
}

/** Path of an embedded model's file. */
function embeddedPath(name: string): string | undefined {
  const file = embedded.get(name);
  return file === undefined ? undefined : join(dirname(fileURLToPath(import.meta.url)), file);
}

/** Loads a model with its weights, and what is known of its preprocessing and its classes.
 * @throws UnknownNameError for what is neither a name nor a file; BacklightError when a named model's weights are not on
 *   this machine; WeightsFormatError, UnsupportedLayerError, ShapeError for the files' contents */
export async function resolveModel(engine: Engine, { model, weights, ...options }: ResolveOptions): Promise<Model> {
  const known = named.get(model);
  if (known) return imagenet(await filled(known.make(engine), weights ?? namedWeights(model), options));
  const path = modelPath(model);
  return await loadModel(engine, path, weights === undefined ? options : { ...options, weights });
}

/** Looks at a model's architecture, and at the file of its weights where they are one; needs no engine. The file is
 * closed afterwards.
 * @throws as `resolveModel` */
export async function withArchitecture<T>(
  model: string,
  body: (parts: Pick<ModelParts, "config"> & Partial<ModelParts>) => T,
): Promise<T> {
  const known = named.get(model);
  if (known) return body({ config: known.config() });
  const path = modelPath(model);
  const opened = await openSource(path);
  if (await orClose(opened.source, () => isText(opened.source))) {
    const config = await architectureOf(opened);
    return inFile(path, () => body({ config }));
  }
  const file = await openWeights(opened);
  try {
    if (file.config !== undefined) return inFile(path, () => body({ config: file.config, file }));
  } finally {
    file.close();
  }
  throw new WeightsFormatError(
    `${path} holds weights but no architecture: there is nothing to summarise. Name the model that they are for ` +
      "(`backlight summary resnet50`), or give its architecture's file.",
  );
}

/** The path or URL of a model's file.
 * @throws UnknownNameError for what is neither that nor a name */
export function modelPath(model: string): string {
  const own = embeddedPath(model);
  if (own !== undefined) return own;
  const looksLikePath = /[/\\]|\.(h5|hdf5|keras|safetensors|json|ya?ml)$/i.test(model);
  if (looksLikePath || existsSync(model)) return model;
  const guess = nearest(model, modelNames);
  throw new UnknownNameError(
    `there is no model "${model}"${guess ? `; did you mean "${guess}"?` : "."} ` +
      `Known: ${modelNames.join(", ")}; or give the path of a model's file (.keras, .h5, .safetensors, .json, .yaml).`,
  );
}

/** Path of a named model's weights.
 * @throws BacklightError when they are not on this machine */
export function namedWeights(name: string): string {
  const own = embeddedPath(name);
  if (own !== undefined) return own;
  const spec = knownFile(name);
  const found = findFile(spec, {});
  if (found) return found.path;
  throw new BacklightError(
    `the weights of ${name} are not on this machine${spec.sizeBytes === undefined ? "" : ` (${Math.round(spec.sizeBytes / 1e6)} MB)`}. ` +
      `Fetch them once with \`backlight weights fetch ${name}\`, or give the file with --weights FILE.`,
  );
}

async function filled(model: Model, weights: string, options: LoadOptions): Promise<Model> {
  return await orDispose(model, async () => {
    await loadWeights(model, weights, options);
    model.assertLoaded();
  });
}

/** Names the classes of an ImageNet classifier. */
function imagenet(model: Model): Model {
  const names = imagenetNames();
  if (model.outputShape.length === 2 && model.outputShape[1] === names.length) model.classNames = names;
  return model;
}
