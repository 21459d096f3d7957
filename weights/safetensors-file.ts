import { type MatchedWeight, mismatch, sameShape, type WeightSlot } from "./assign.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import { addTo } from "./lists.ts";
import type { ModelFile, StoredLayer, StoredWeight } from "./model-file.ts";
import { showShape } from "./number-format.ts";
import { readSafetensors } from "./safetensors.ts";
import { parseStrictJson } from "./strict-json.ts";

/** Opens a safetensors file: tensors named `layer/weight`, and in the metadata the architecture, if it was written by
 * Backlight. The source belongs to the file from here on.
 * @throws WeightsFormatError as `readSafetensors` */
export async function openSafetensors(source: ByteSource): Promise<ModelFile> {
  return await orClose(source, () => {
    const { metadata, tensors } = readSafetensors(source);
    const { config } = metadata;
    const layers = new Map<string, StoredWeight[]>();
    for (const [key, tensor] of tensors) {
      const split = Math.max(0, key.lastIndexOf("/"));
      const layer = key.slice(0, split);
      const weight = { layer, name: key.slice(split && split + 1), ...tensor };
      addTo(layers, layer, weight);
    }
    return {
      name: source.name,
      format: "safetensors",
      ...(config === undefined ? {} : { config: parseStrictJson(config, `${source.name}: metadata "config"`) }),
      layers: [...layers].map(([name, weights]): StoredLayer => ({ name, weights })),
      naming: "layer",
      metadata,
      close: () => source.close(),
    };
  });
}

/** Pairs slots with the tensors of exactly their names, which is how Backlight writes them.
 * @throws WeightsFormatError listing all that is missing, left over or of another shape */
export function matchExactly(slots: readonly WeightSlot[], file: Pick<ModelFile, "layers" | "name">): MatchedWeight[] {
  const keyOf = ({ layer, name }: { layer: string; name: string }) => `${layer}/${name}`;
  const stored = new Map(file.layers.flatMap(({ weights }) => weights.map((weight) => [keyOf(weight), weight])));
  const pairs: MatchedWeight[] = [];
  const problems: string[] = [];
  for (const slot of slots) {
    const key = keyOf(slot);
    const found = stored.get(key);
    stored.delete(key);
    if (!found) problems.push(`no tensor "${key}" ${showShape(slot.shape)}`);
    else if (sameShape(found.shape, slot.shape)) pairs.push({ slot, stored: found });
    else problems.push(`tensor "${key}" is ${showShape(found.shape)}, the model wants ${showShape(slot.shape)}`);
  }
  for (const [key, { shape }] of stored) problems.push(`tensor "${key}" ${showShape(shape)} has no place in the model`);
  if (problems.length > 0) throw mismatch(file.name, problems);
  return pairs;
}
