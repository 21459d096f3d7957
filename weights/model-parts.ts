import { ShapeError, UnsupportedLayerError, WeightsFormatError } from "../src/errors.ts";
import { isObject, property } from "../src/nn/untrusted.ts";
import { isText, readArchitecture } from "./architecture.ts";
import { parseArchitectureText } from "./architecture-text.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import type { ModelFile } from "./model-file.ts";
import { type ModelSource, type OpenedSource, openSource } from "./model-source.ts";
import { openModelFile } from "./open.ts";
import { isTfjsJson, openTfjs, readTfjsConfig } from "./tfjs.ts";
import { mostTextBytes } from "./utf8.ts";

/** A model's architecture, and the file that its weights are in. */
export interface ModelParts {
  /** What the architecture's file is called, for messages. */
  readonly name: string;
  /** Keras' config, parsed; undefined where the file has none. */
  readonly config: unknown;
  /** Whoever asked closes it. */
  readonly file: ModelFile;
}

/** Opens a model in one file, or an architecture and the weights beside it. What a file is, its content tells.
 * @param signal ends what is fetched
 * @throws WeightsFormatError for what is no model; for an architecture without `weights` */
export async function openModelParts(
  model: ModelSource,
  weights?: ModelSource,
  signal?: AbortSignal,
): Promise<ModelParts> {
  const opened = await openSource(model, signal);
  const { name } = opened.source;
  if (weights === undefined) {
    const file = await openWeights(opened);
    return { name, config: file.config, file };
  }
  const config = await architectureOf(opened);
  return { name, config, file: await openWeights(await openSource(weights, signal)) };
}

/** Runs what makes a model of the architecture in a file, and adds the file's name to what it says of it: a config's
 * errors tell only the place in the config. */
export function inFile<T>(name: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const Kind = [WeightsFormatError, UnsupportedLayerError, ShapeError].find((kind) => error instanceof kind);
    if (!Kind || !(error instanceof Error) || error.message.startsWith(name)) throw error;
    throw new Kind(`${name}: ${error.message}`, { cause: error });
  }
}

/** Whether a model comes from Theano: what its file or its architecture says, else what the user says. */
export function isTheano(
  { config, file }: { readonly config: unknown; readonly file?: ModelFile | undefined },
  { theano = false }: { readonly theano?: boolean },
): boolean {
  const backend = file?.backend ?? backendOf(config);
  return backend === undefined ? theano : backend === "theano";
}

/** The backend that an architecture names. */
export function backendOf(config: unknown): string | undefined {
  const backend = isObject(config) ? property(config, "backend") : undefined;
  return typeof backend === "string" ? backend : undefined;
}

type SourceKind = "text" | "tfjs" | "binary";

/** The source is closed if it cannot be read. */
async function kindOf(source: ByteSource): Promise<SourceKind> {
  return await orClose(source, () => {
    if (!isText(source)) return "binary";
    return isTfjs(source) ? "tfjs" : "text";
  });
}

/** Opens a file with weights, of any kind.
 * @throws WeightsFormatError for an architecture alone */
export async function openWeights({ source, shards }: OpenedSource): Promise<ModelFile> {
  const kind = await kindOf(source);
  if (kind === "binary") return await openModelFile(source);
  if (kind === "tfjs" && shards) return await openTfjs(source, shards);
  source.close();
  if (kind === "text")
    throw new WeightsFormatError(
      `${source.name} is a text: an architecture has no weights in it. Give the file of the weights with it ` +
        "(the option `weights`; --weights FILE on the command line).",
    );
  throw new WeightsFormatError(
    `${source.name} is a model.json of TensorFlow.js, whose weights are in other files. Give its path or URL, or ` +
      "choose all of its files together.",
  );
}

/** A model's config, whatever kind of file it is in; its weights are left alone. The source is closed when done. */
export async function architectureOf({ source }: OpenedSource): Promise<unknown> {
  if ((await kindOf(source)) !== "tfjs") return await readArchitecture(source);
  const config = readTfjsConfig(source);
  if (config !== undefined) return config;
  throw new WeightsFormatError(`${source.name} is a model of TensorFlow.js without an architecture in it.`);
}

function isTfjs(source: ByteSource): boolean {
  if (source.size > mostTextBytes) return false;
  const text = new TextDecoder().decode(source.read(0, source.size));
  return text.includes('"modelTopology"') && isTfjsJson(parseArchitectureText(text, source.name));
}
