import { isChannelsFirst } from "./arrange.ts";
import type { GraphConfig, GraphLayer, Ref } from "./config.ts";
import { kindOf } from "./layer-kinds.ts";
import { property, textOf } from "./untrusted.ts";

interface Reader {
  readonly layer: GraphLayer;
  readonly call: number;
}

type Readers = ReadonlyMap<string, readonly Reader[]>;

/** Names of the input layers whose images a model takes as [c, h, w]: those that reach a layer for channels first, or a
 * permutation to channels last before a layer for that, through layers that leave the order as it is. */
export function channelsFirstInputs(config: GraphConfig): ReadonlySet<string> {
  const readers = readersOf(config);
  const found = config.inputs.filter((layer) => {
    const input = config.layers.find(({ name }) => name === layer);
    return (
      input && rankOf(input) === 4 && reaches({ layer, call: 0 }, readers, (reader) => wantsFirst(reader, readers))
    );
  });
  return new Set(found);
}

function rankOf({ config }: GraphLayer): number | undefined {
  const shape = property(config, "batch_input_shape") ?? property(config, "batch_shape");
  return Array.isArray(shape) ? shape.length : undefined;
}

function wantsFirst({ layer, call }: Reader, readers: Readers): boolean {
  const kind = kindOf(layer);
  if (kind === "image" || kind === "Flatten") return isChannelsFirst(layer.config);
  if (kind !== "Permute" || textOf(property(layer.config, "dims")) !== "2,3,1") return false;
  const isLast = (reader: Reader) => kindOf(reader.layer) === "image" && !isChannelsFirst(reader.layer.config);
  return reaches({ layer: layer.name, call }, readers, isLast);
}

/** Whether what `from` gives is read by such a layer, directly or through layers that keep the order of axes. */
function reaches(from: Ref, readers: Readers, isGoal: (reader: Reader) => boolean): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let ref = open.pop(); ref; ref = open.pop()) {
    const key = keyOf(ref);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const reader of readers.get(key) ?? []) {
      if (isGoal(reader)) return true;
      const kind = kindOf(reader.layer);
      if (kind === "elementwise" || kind === "axis" || kind === "PReLU")
        open.push({ layer: reader.layer.name, call: reader.call });
    }
  }
  return false;
}

function readersOf(config: GraphConfig): Readers {
  const readers = new Map<string, Reader[]>();
  for (const layer of config.layers)
    for (const [call, sources] of layer.calls.entries())
      for (const source of sources) {
        const list = readers.get(keyOf(source)) ?? [];
        readers.set(keyOf(source), list);
        list.push({ layer, call });
      }
  return readers;
}

function keyOf({ layer, call }: Ref): string {
  return `${call} ${layer}`;
}
