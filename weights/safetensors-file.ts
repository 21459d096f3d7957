import { WeightsFormatError } from "../src/errors.ts";
import type { MatchedWeight, WeightSlot } from "./assign.ts";
import type { ByteSource } from "./byte-source.ts";
import type { ModelFile, StoredLayer, StoredWeight } from "./model-file.ts";
import { readSafetensors } from "./safetensors.ts";
import { parseStrictJson } from "./strict-json.ts";

/** Opens a safetensors file: tensors named `layer/weight`, and in the metadata the architecture, if it was written by
 * Backlight. The source belongs to the file from here on.
 * @throws WeightsFormatError as `readSafetensors` */
export async function openSafetensors(source: ByteSource): Promise<ModelFile> {
  try {
    const { metadata, tensors } = readSafetensors(source);
    const { config } = metadata;
    const layers = new Map<string, StoredWeight[]>();
    for (const [key, tensor] of tensors) {
      const split = Math.max(0, key.lastIndexOf("/"));
      const layer = key.slice(0, split);
      layers.set(layer, [...(layers.get(layer) ?? []), { layer, name: key.slice(split && split + 1), ...tensor }]);
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
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Pairs slots with the tensors of exactly their names, which is how Backlight writes them.
 * @throws WeightsFormatError for what is missing, left over or of another shape */
export function matchExactly(slots: readonly WeightSlot[], file: Pick<ModelFile, "layers" | "name">): MatchedWeight[] {
  const keyOf = ({ layer, name }: { layer: string; name: string }) => `${layer}/${name}`;
  const stored = new Map(file.layers.flatMap(({ weights }) => weights.map((weight) => [keyOf(weight), weight])));
  const pairs = slots.map((slot) => {
    const found = stored.get(keyOf(slot));
    if (!found) throw new WeightsFormatError(`${file.name}: no tensor "${keyOf(slot)}", which the architecture wants`);
    if (found.shape.join() !== slot.shape.join())
      throw new WeightsFormatError(
        `${file.name}: tensor "${keyOf(slot)}" is [${found.shape}] but the architecture wants [${slot.shape}]`,
      );
    stored.delete(keyOf(slot));
    return { slot, stored: found };
  });
  if (stored.size > 0) {
    const extra = [...stored.keys()].slice(0, 20).join(", ");
    throw new WeightsFormatError(`${file.name}: tensors that no layer wants: ${extra}`);
  }
  return pairs;
}
