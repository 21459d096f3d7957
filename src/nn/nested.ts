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
  const known = { entries, firstCalls: firstCalls(model) };
  const resolve = (source: Source, path: string) => follow(source, path, known);
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
  const { name, className, config, path, operation, nested } = entry;
  if (!nested) {
    const calls = entry.calls.map((call) => call.map((source) => resolve(source, path)));
    const isInput = className === "InputLayer";
    if (!isInput && calls.length === 0)
      throw new WeightsFormatError(`model config: ${path}: layer "${name}" is connected to nothing`);
    return [{ name, className, config, path, operation, calls: isInput ? [[]] : calls }];
  }
  const outer = callsOf(entry).map((call) => call.map((source) => resolve(source, path)));
  const inner = (ref: Ref, time: number): Ref => {
    const input = nested.inputs.indexOf(ref.layer);
    const call = time * callCount(nested, ref.layer) + ref.call;
    return (input >= 0 ? outer[time]?.[input] : undefined) ?? { layer: `${name}/${ref.layer}`, call };
  };
  return nested.layers
    .filter((layer) => !nested.inputs.includes(layer.name))
    .map((layer) => ({
      ...layer,
      name: `${name}/${layer.name}`,
      calls: outer.flatMap((_, time) => layer.calls.map((call) => call.map((ref) => inner(ref, time)))),
    }));
}

function callCount(nested: NestedModel, layer: string): number {
  return nested.layers.find((candidate) => candidate.name === layer)?.calls.length ?? 0;
}

const mostCalls = 100_000;

/** What each call of a nested model is on: its layers are shared by all of them. */
function callsOf({ name, path, nested, calls }: Entry): readonly (readonly Source[])[] {
  const wanted = nested?.inputs.length ?? 0;
  const wrong = calls.find((call) => call.length !== wanted);
  if (wrong || calls.length === 0)
    throw new WeightsFormatError(
      `model config: ${path}: the nested model "${name}" has ${wanted} inputs but is called on ${wrong?.length ?? 0}`,
    );
  const inside = nested?.layers.reduce((sum, layer) => sum + layer.calls.length, 0) ?? 0;
  if (inside * calls.length > mostCalls)
    throw new WeightsFormatError(
      `model config: ${path}: calling "${name}" ${calls.length} times makes ${inside * calls.length} calls of layers; ` +
        `at most ${mostCalls} are read`,
    );
  return calls;
}

/** Keras counts a nested model's calls from 1 where the model was first built on inputs of its own, else from 0. The
 * last call is always used, so the highest number tells which. */
function firstCalls({ entries, outputs }: Unresolved): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  for (const { layer, call } of [...entries.flatMap((entry) => entry.calls.flat()), ...outputs])
    highest.set(layer, Math.max(call, highest.get(layer) ?? 0));
  const nested = entries.filter((entry) => entry.nested !== undefined);
  return new Map(nested.map(({ name, calls }) => [name, (highest.get(name) ?? 0) === calls.length ? 1 : 0]));
}

interface Known {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly firstCalls: ReadonlyMap<string, number>;
}

/** The layer behind a source; for a nested model, the layer in it that computes the output asked for. */
function follow(source: Source, path: string, known: Known, steps = 0): Ref {
  const { entries } = known;
  const entry = entries.get(source.layer);
  if (!entry)
    throw new WeightsFormatError(`model config: ${path} refers to a layer "${source.layer}" that is not there`);
  const { nested } = entry;
  if (!nested) {
    const calls = entry.className === "InputLayer" ? 1 : entry.calls.length;
    if (source.output !== 0 && entry.operation) throw severalOutputs(entry.operation.name, source);
    if (source.call >= calls || source.output !== 0)
      throw new WeightsFormatError(
        `model config: ${path} refers to call ${source.call}, output ${source.output} of "${source.layer}", which has ` +
          `${calls} ${calls === 1 ? "call" : "calls"} with one output each`,
      );
    return { layer: source.layer, call: source.call };
  }
  const time = source.call - (known.firstCalls.get(source.layer) ?? 0);
  const output = nested.outputs[source.output];
  if (!output || time < 0 || time >= entry.calls.length)
    throw new WeightsFormatError(
      `model config: ${path} refers to call ${source.call}, output ${source.output} of the nested model "${source.layer}"`,
    );
  const input = nested.inputs.indexOf(output.layer);
  const call = time * callCount(nested, output.layer) + output.call;
  if (input < 0) return { layer: `${source.layer}/${output.layer}`, call };
  const outer = callsOf(entry)[time]?.[input];
  if (!outer || steps > entries.size)
    throw new WeightsFormatError(`model config: ${path}: nested models pass their inputs around in a circle`);
  return follow(outer, path, known, steps + 1);
}

/** tf.split and its like: a layer here has one output. */
function severalOutputs(operation: string, { layer, output }: Source): UnsupportedLayerError {
  return new UnsupportedLayerError(
    `"${layer}" is the operation ${operation}, whose output ${output} is used; operations that give several tensors are ` +
      "not supported. Build the model in Keras with slices, such as x[..., :8], in its place.",
  );
}
