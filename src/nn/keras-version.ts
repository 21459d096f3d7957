import { isObject, property, textOf } from "./untrusted.ts";

const deepest = 8;

/** Which Keras wrote a config, by its major version: what `hard_sigmoid` means depends on it.
 * A config says its version only as a whole file's does; else it is 3 if an input's shape is called `batch_shape`, or a
 * layer is called on `args`, as nothing before Keras 3 has it. */
export function kerasMajorOf(json: unknown): number {
  const said = /^(\d{1,2})\.\d/.exec(textOf(at(json, "keras_version")));
  if (said) return Number(said[1]);
  return isOfKeras3(json, 0) ? 3 : 2;
}

function isOfKeras3(model: unknown, depth: number): boolean {
  const layers = at(at(model, "config"), "layers");
  if (!Array.isArray(layers) || depth > deepest) return false;
  return layers.some((layer: unknown) => {
    const config = at(layer, "config");
    const calls = at(layer, "inbound_nodes");
    const call: unknown = Array.isArray(calls) ? calls[0] : undefined;
    return Array.isArray(at(config, "batch_shape")) || at(call, "args") !== undefined || isOfKeras3(layer, depth + 1);
  });
}

function at(value: unknown, key: string): unknown {
  return isObject(value) ? property(value, key) : undefined;
}
