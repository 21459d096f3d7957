import { Model } from "../../src/nn/model.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { matchWeights } from "../../weights/assign.ts";
import { type ByteSource, bytesSource } from "../../weights/byte-source.ts";
import type { ModelFile } from "../../weights/model-file.ts";
import type { ShardResolver } from "../../weights/shard-path.ts";
import { openTfjs } from "../../weights/tfjs.ts";

export interface ManifestParts {
  readonly format?: string;
  readonly modelTopology?: unknown;
  readonly paths?: unknown;
  readonly weights: unknown;
}

/** One entry of a manifest. */
export function weight(name: string, shape: readonly number[], dtype = "float32") {
  return { name, shape, dtype };
}

/** Opens a model.json with one group of weights, in `g.bin` unless told otherwise. */
export async function openText(parts: ManifestParts, shard: ShardResolver): Promise<ModelFile> {
  const { format = "layers-model", modelTopology = null, paths = ["g.bin"], weights } = parts;
  const text = JSON.stringify({ format, modelTopology, weightsManifest: [{ paths, weights }] });
  return await openTfjs(bytesSource(new TextEncoder().encode(text), "model.json"), shard);
}

/** The same bytes for every path. */
export function onlyShard(bytes: Uint8Array): (path: string) => Promise<ByteSource> {
  return async (path) => bytesSource(bytes, path);
}

/** A model with the weights of a file. */
export function loaded(engine: Engine, file: ModelFile): Model {
  const model = Model.fromConfig(engine, file.config);
  for (const { slot, stored } of matchWeights(model.weightSlots(), file, { aliases: model.aliases }))
    model.setWeight(slot.layer, slot.name, stored.read());
  return model;
}
