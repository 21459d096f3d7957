import { WeightsFormatError } from "../src/errors.ts";
import { applications, olderNames } from "../src/nn/applications/application.ts";
import { aliasResnet50 } from "../src/nn/applications/resnet50.ts";
import { parseModelConfig } from "../src/nn/config.ts";
import { buildGraph, type Layer } from "../src/nn/graph.ts";
import type { MatchedWeight } from "./assign.ts";
import type { ByteSink } from "./byte-sink.ts";
import { modernise } from "./keras1-weights.ts";
import { matchFile } from "./match-file.ts";
import type { ModelFile } from "./model-file.ts";
import { backendOf, inFile, isTheano, type ModelParts, openModelParts, openWeights } from "./model-parts.ts";
import { openSource } from "./model-source.ts";
import { elementCount } from "./number-format.ts";
import { modelNames, modelPath, namedWeights, withArchitecture } from "./resolve.host.ts";
import { type SaveOptions, saveSource } from "./save.ts";
import { type SaveSource, slotsOf } from "./save-plan.ts";

export interface ConvertOptions extends SaveOptions {
  /** A name of `modelNames`, or the path of a model's file or architecture. */
  readonly model: string;
  /** The file with the weights, where the model's own has none or others are wanted. */
  readonly weights?: string | undefined;
  /** Whether weights of Keras 1 that do not name their backend come from Theano. */
  readonly theano?: boolean;
}

export interface Converted {
  /** Weights written, and the numbers in them. */
  readonly tensors: number;
  readonly parameters: number;
  /** What had to be assumed, in sentences. */
  readonly notes: readonly string[];
}

/** Copies a model into another format, file to file: no GPU, and no more than a piece of one weight in memory.
 * @throws as `resolveModel` for what is read and as `saveSource` for what is written */
export async function convertModel(sink: ByteSink, options: ConvertOptions): Promise<Converted> {
  const { model, theano = false } = options;
  const { name, file, config } = await open(options);
  try {
    const { parsed, layers } = inFile(name, () => {
      const read = parseModelConfig(config, { theano: isTheano({ config, file }, options) });
      return { parsed: read, layers: buildGraph(read).layers };
    });
    const aliases = aliasesOf(model, layers);
    const modern = modernise(file, layers, { theano, backend: backendOf(config), aliases });
    const slots = slotsOf(layers);
    const pairs = matchFile(modern.file, { slots, config: parsed.config, aliases });
    await saveSource(
      sourceOf({ config: parsed.config, layers, pairs, metadata: metadataOf(model, file) }),
      sink,
      options,
    );
    const parameters = slots.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    return { tensors: slots.length, parameters, notes: [...parsed.notes, ...modern.notes] };
  } finally {
    file.close();
  }
}

async function open({ model, weights }: ConvertOptions): Promise<ModelParts> {
  if (modelNames.includes(model)) {
    const config = await withArchitecture(model, (parts) => parts.config);
    return { name: model, config, file: await openWeights(await openSource(weights ?? namedWeights(model))) };
  }
  const parts = await openModelParts(modelPath(model), weights);
  if (parts.config !== undefined) return parts;
  parts.file.close();
  throw new WeightsFormatError(
    `${model} holds weights but no architecture: name the model that they are for (\`backlight weights list\` shows the ` +
      `names) or give its .json file, with --weights ${model}.`,
  );
}

function aliasesOf(model: string, layers: readonly Layer[]): ReadonlyMap<string, string> {
  const aliases = new Map(modelNames.includes(model) ? olderNames(plainName(model)) : []);
  aliasResnet50({ layers, aliases });
  return aliases;
}

/** `resnet50` of `resnet50-notop-old`. */
function plainName(model: string): string {
  return model.replace(/-(?:notop|old)/g, "");
}

/** What the new file says besides the architecture: all that the old one said, or what is known of a named network. */
function metadataOf(model: string, { metadata }: ModelFile): Readonly<Record<string, string>> {
  if (metadata?.config !== undefined) return metadata;
  if (!modelNames.includes(model)) return {};
  const mode = applications.find(({ name }) => name === plainName(model))?.preprocessing;
  if (mode === undefined) return {};
  return { preprocess: JSON.stringify(mode), ...(model.includes("notop") ? {} : { classes: "imagenet-1k" }) };
}

interface Sourced {
  readonly config: unknown;
  readonly layers: readonly Layer[];
  readonly pairs: readonly MatchedWeight[];
  readonly metadata: Readonly<Record<string, string>>;
}

function sourceOf({ config, layers, pairs, metadata }: Sourced): SaveSource {
  const key = ({ layer, name }: { layer: string; name: string }) => `${layer}\0${name}`;
  const stored = new Map(pairs.map((pair) => [key(pair.slot), pair.stored]));
  return {
    config,
    slots: slotsOf(layers),
    metadata,
    readRows(slot, start, count) {
      const found = stored.get(key(slot));
      if (!found) throw new WeightsFormatError(`no weight for ${slot.name} of layer "${slot.layer}"`);
      return slot.shape.length === 0 ? found.read() : found.readRows(start, count);
    },
  };
}
