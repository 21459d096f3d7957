import { UnsupportedLayerError, WeightsFormatError } from "../errors.ts";
import type { Entry, GraphConfig, GraphLayer, Ref } from "./config.ts";
import type { Source } from "./connections.ts";

/** A model in the place of a layer. */
export type NestedModel = GraphConfig;

interface Unresolved {
  readonly name: string;
  readonly path: string;
  readonly entries: readonly Entry[];
  readonly inputs: readonly string[];
  readonly outputs: readonly Source[];
}

/** Puts the layers of nested models in the places of those models, as `model/layer`, so that only one graph is left. */
export function flattenNested(model: Unresolved): GraphConfig {
  const entries = new Map<string, Entry>();
  for (const entry of model.entries) {
    if (entries.has(entry.name)) throw doubled(entry.path, entry.name);
    entries.set(entry.name, entry);
  }
  const resolve = (source: Source, path: string) => follow(source, path, entries);
  const layers = model.entries.flatMap((entry) => flatLayers(entry, resolve));
  const names = new Set<string>();
  for (const layer of layers) {
    if (names.has(layer.name)) throw doubled(layer.path, layer.name);
    names.add(layer.name);
  }
  const outputs = model.outputs.map((source) => resolve(source, `${model.path}.output_layers`));
  for (const input of model.inputs)
    if (entries.get(input)?.className !== "InputLayer")
      throw new WeightsFormatError(`model config: ${model.path}.input_layers: "${input}" is not an InputLayer`);
  return { name: model.name, layers, inputs: model.inputs, outputs };
}

function doubled(path: string, name: string): WeightsFormatError {
  return new WeightsFormatError(`model config: ${path}: a second layer is named "${name}"`);
}

type Resolve = (source: Source, path: string) => Ref;

function flatLayers(entry: Entry, resolve: Resolve): GraphLayer[] {
  const { name, className, config, path, nested } = entry;
  if (!nested) {
    const calls = entry.calls.map((call) => call.map((source) => resolve(source, path)));
    const isInput = className === "InputLayer";
    if (!isInput && calls.length === 0)
      throw new WeightsFormatError(`model config: ${path}: layer "${name}" is connected to nothing`);
    return [{ name, className, config, path, calls: isInput ? [[]] : calls }];
  }
  const outer = callOf(entry).map((source) => resolve(source, path));
  const inner = (ref: Ref): Ref => {
    const input = nested.inputs.indexOf(ref.layer);
    return (input >= 0 ? outer[input] : undefined) ?? { layer: `${name}/${ref.layer}`, call: ref.call };
  };
  return nested.layers
    .filter((layer) => !nested.inputs.includes(layer.name))
    .map((layer) => ({ ...layer, name: `${name}/${layer.name}`, calls: layer.calls.map((call) => call.map(inner)) }));
}

/** What a nested model is called on.
 * @throws UnsupportedLayerError if it is called more than once */
function callOf({ name, path, nested, calls }: Entry): readonly Source[] {
  const [call, ...more] = calls;
  if (more.length > 0)
    throw new UnsupportedLayerError(
      `model config: ${path}: the nested model "${name}" is called ${calls.length} times; once is supported.`,
    );
  if (!call || call.length !== nested?.inputs.length)
    throw new WeightsFormatError(
      `model config: ${path}: the nested model "${name}" has ${nested?.inputs.length ?? 0} inputs but is called on ${call?.length ?? 0}`,
    );
  return call;
}

/** The layer behind a source; for a nested model, the layer in it that computes the output asked for. */
function follow(source: Source, path: string, entries: ReadonlyMap<string, Entry>, steps = 0): Ref {
  const entry = entries.get(source.layer);
  if (!entry)
    throw new WeightsFormatError(`model config: ${path} refers to a layer "${source.layer}" that is not there`);
  const { nested } = entry;
  if (!nested) {
    const calls = entry.className === "InputLayer" ? 1 : entry.calls.length;
    if (source.call >= calls || source.output !== 0)
      throw new WeightsFormatError(
        `model config: ${path} refers to call ${source.call}, output ${source.output} of "${source.layer}", which has ` +
          `${calls} ${calls === 1 ? "call" : "calls"} with one output each`,
      );
    return { layer: source.layer, call: source.call };
  }
  // Keras counts a nested model's calls from 1 where the model was first built on inputs of its own, else from 0.
  const output = nested.outputs[source.output];
  if (!output || source.call > 1)
    throw new WeightsFormatError(
      `model config: ${path} refers to call ${source.call}, output ${source.output} of the nested model "${source.layer}"`,
    );
  const input = nested.inputs.indexOf(output.layer);
  if (input < 0) return { layer: `${source.layer}/${output.layer}`, call: output.call };
  const outer = callOf(entry)[input];
  if (!outer || steps > entries.size)
    throw new WeightsFormatError(`model config: ${path}: nested models pass their inputs around in a circle`);
  return follow(outer, path, entries, steps + 1);
}
