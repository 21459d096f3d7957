import { UnsupportedLayerError } from "../errors.ts";
import { asList, asName, asObject, isObject, isWhole, property, refuse, showJson } from "./untrusted.ts";

/** Where a tensor comes from, as a config says it: the layer, its how-manieth call, and which of its outputs. */
export interface Source {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

const mostSources = 4096;
const deepestArguments = 8;

/** The calls of a layer, each a list of what it is called on. Keras 2 writes nested lists, Keras 3 objects. */
export function readCalls(value: unknown, path: string): Source[][] {
  if (value === undefined || value === null) return [];
  return asList(value, path).map((call, i) => {
    const at = `${path}[${i}]`;
    const sources = Array.isArray(call) ? readListCall(call, at) : readObjectCall(call, at);
    if (sources.length === 0 || sources.length > mostSources)
      refuse(at, call, `a call on 1 to ${mostSources} layer outputs`);
    return sources;
  });
}

/** `input_layers` and `output_layers`: a list of sources, or, in Keras 3, a single one, or an object of them, whose
 * values are taken in the order of its sorted keys, as Keras does. */
export function readEnds(value: unknown, path: string): Source[] {
  if (isObject(value))
    return Object.keys(value)
      .sort()
      .map((key) => readSource(value[key], `${path}.${key}`));
  const list = asList(value, path);
  if (typeof list[0] === "string") return [readSource(list, path)];
  return list.map((source, i) => readSource(source, `${path}[${i}]`));
}

function readListCall(call: readonly unknown[], path: string): Source[] {
  if (typeof call[0] === "string") return [readSource(call, path)];
  return call.map((source, i) => readSource(source, `${path}[${i}]`));
}

/** `[layer, call, output]`, with the call's other arguments behind them in Keras 2. */
function readSource(value: unknown, path: string): Source {
  const [layer, call, output, others, ...more] = asList(value, path);
  if (!isWhole(call, 0) || !isWhole(output, 0) || more.length > 0)
    refuse(path, value, '["layer name", call number, output number]');
  if (others !== undefined && others !== null) checkArguments(others, `${path}[3]`);
  return { layer: asName(layer, `${path}[0]`), call, output };
}

function readObjectCall(value: unknown, path: string): Source[] {
  const call = asObject(value, path);
  const sources: Source[] = [];
  collect(property(call, "args"), `${path}.args`, { sources, depth: 0 });
  const { training, ...others } = asObject(property(call, "kwargs") ?? {}, `${path}.kwargs`);
  // Keras 3 writes training = true for its layers that augment pictures, and lets a model's own call overrule it
  checkArguments(training === true ? others : { training: training ?? null, ...others }, `${path}.kwargs`);
  return sources;
}

/** Finds the tensors among Keras 3's arguments, in order. */
function collect(value: unknown, path: string, into: { sources: Source[]; depth: number }): void {
  if (value === null) return;
  if (Array.isArray(value) && into.depth < deepestArguments) {
    for (const [i, one] of value.entries())
      collect(one, `${path}[${i}]`, { sources: into.sources, depth: into.depth + 1 });
    return;
  }
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    throw new UnsupportedLayerError(
      `model config: ${path} computes with the constant ${showJson(value)} outside of any layer, which is not supported. ` +
        "Use a layer for it, such as Rescaling.",
    );
  const object = asObject(value, path);
  if (property(object, "class_name") !== "__keras_tensor__") refuse(path, value, "the output of a layer");
  const config = asObject(property(object, "config"), `${path}.config`);
  into.sources.push(readSource(property(config, "keras_history"), `${path}.config.keras_history`));
}

/** Arguments that say "inference, no mask" are what a forward pass does anyway. */
function checkArguments(value: unknown, path: string): void {
  const given = asObject(value, path);
  for (const key of Object.keys(given)) {
    const argument = given[key];
    if (argument === null || (key === "training" && argument === false)) continue;
    throw new UnsupportedLayerError(
      `model config: ${path} calls a layer with ${key} = ${showJson(argument)}; only tensors, mask = null and ` +
        "training = false are supported as arguments of a call.",
    );
  }
}
