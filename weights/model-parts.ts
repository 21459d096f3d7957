import { WeightsFormatError } from "../src/errors.ts";
import { isText, readArchitecture } from "./architecture.ts";
import { parseArchitectureText } from "./architecture-text.ts";
import type { ByteSource } from "./byte-source.ts";
import type { ModelFile } from "./model-file.ts";
import { type ModelSource, type OpenedSource, openSource } from "./model-source.ts";
import { openModelFile } from "./open.ts";
import { isTfjsJson, openTfjs } from "./tfjs.ts";

/** No model.json is longer. */
const mostTextBytes = 64 * 2 ** 20;

/** A model's architecture, and the file that its weights are in. */
export interface ModelParts {
  /** Keras' config, parsed; undefined where the file has none. */
  readonly config: unknown;
  /** Whoever asked closes it. */
  readonly file: ModelFile;
}

/** Opens a model in one file, or an architecture and the weights beside it. What a file is, its content tells.
 * @throws WeightsFormatError for what is no model; for an architecture without `weights` */
export async function openModelParts(model: ModelSource, weights?: ModelSource): Promise<ModelParts> {
  const opened = await openSource(model);
  if (weights === undefined) {
    const file = await openWeights(opened);
    return { config: file.config, file };
  }
  const config = await architectureOf(opened);
  const { source, shards } = await openSource(weights);
  return { config, file: await openWeights(shards ? { source, shards } : { source }) };
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
  const backend = typeof config === "object" && config !== null && "backend" in config ? config.backend : undefined;
  return typeof backend === "string" ? backend : undefined;
}

/** Opens a file with weights, of any kind.
 * @throws WeightsFormatError for an architecture alone */
export async function openWeights({ source, shards }: OpenedSource): Promise<ModelFile> {
  if (!isText(source)) return await openModelFile(source);
  if (!isTfjs(source)) {
    source.close();
    throw new WeightsFormatError(
      `${source.name} is a text: an architecture has no weights in it. Give the file of the weights with it ` +
        "(the option `weights`; --weights FILE on the command line).",
    );
  }
  if (shards) return await openTfjs(source, shards);
  source.close();
  throw new WeightsFormatError(
    `${source.name} is a model.json of TensorFlow.js, whose weights are in other files. Give its path or URL, or ` +
      "choose all of its files together.",
  );
}

/** A model's config, whatever kind of file it is in; its weights are left alone. The source is closed when done. */
export async function architectureOf({ source, shards }: OpenedSource): Promise<unknown> {
  if (!isText(source) || !isTfjs(source)) return await readArchitecture(source);
  const file = await openWeights(shards ? { source, shards } : { source });
  file.close();
  if (file.config !== undefined) return file.config;
  throw new WeightsFormatError(`${source.name} is a model of TensorFlow.js without an architecture in it.`);
}

function isTfjs(source: ByteSource): boolean {
  if (source.size > mostTextBytes) return false;
  const text = new TextDecoder().decode(source.read(0, source.size));
  return text.includes('"modelTopology"') && isTfjsJson(parseArchitectureText(text, source.name));
}
