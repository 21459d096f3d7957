import { UnsupportedLayerError, WeightsFormatError } from "../../errors.ts";
import type { Source } from "../connections.ts";
import { asList, asName, asObject, isObject, isWhole, type JsonObject, property, refuse } from "../untrusted.ts";
import { type Argument, ArgumentReader, type Arguments, isReference, type Operation } from "./argument.ts";
import { graphOperation } from "./graph-operation.ts";

/** What stands for an operation in a config. */
export interface OperationEntry {
  readonly operation: Operation;
  readonly calls: readonly (readonly Source[])[];
}

const ofKeras3 = /^keras(?:\.src|_core|_core\.src)?\.ops(?:\.|$)/;

/** An operation of Keras 3 (a class of `keras.ops`, whatever layer may have the same name) or of tf.keras
 * (TFOpLambda, SlicingOpLambda, TensorFlowOpLayer).
 * @returns undefined for a layer
 * @throws UnsupportedLayerError, WeightsFormatError for calls that make no sense */
export function readOperation(entry: JsonObject, path: string): OperationEntry | undefined {
  const className = property(entry, "class_name");
  const module = property(entry, "module");
  const config = property(entry, "config");
  const read = (one: ReadCall) => readCalls(property(entry, "inbound_nodes"), `${path}.inbound_nodes`, one);
  if (typeof module === "string" ? ofKeras3.test(module) : isUnnamedOperation(entry)) {
    const { operation, calls } = read((node, at, sources) => readObjectCall({ node, config }, at, sources));
    return { operation: { name: `keras.ops.${String(className)}`, ...operation }, calls };
  }
  if (className === "TFOpLambda" || className === "SlicingOpLambda") {
    const name = asName(property(asObject(config, `${path}.config`), "function"), `${path}.config.function`);
    const { operation, calls } = read(readListCall);
    return { operation: { name: `tf.${name}`, ...operation }, calls };
  }
  if (className !== "TensorFlowOpLayer") return undefined;
  const { operation, calls } = read(readListCall);
  const [first] = operation.positional;
  const isList = typeof first === "object" && first?.kind === "list";
  return {
    operation: graphOperation(
      asObject(config, `${path}.config`),
      `${path}.config`,
      isList ? first.items : operation.positional,
    ),
    calls,
  };
}

/** Keras 3 leaves the module out of its `.h5` files. Every layer's config says whether it is trainable, and every input
 * has a shape; an operation's has neither. */
function isUnnamedOperation(entry: JsonObject): boolean {
  const config = property(entry, "config");
  const calls = property(entry, "inbound_nodes");
  const call: unknown = Array.isArray(calls) ? calls[0] : undefined;
  if (!isObject(config) || !isObject(call) || property(call, "args") === undefined) return false;
  const ofLayer = ["trainable", "layers", "batch_shape"];
  return ofLayer.every((key) => property(config, key) === undefined);
}

type ReadCall = (node: unknown, path: string, sources: Source[]) => Arguments;

function readCalls(value: unknown, path: string, read: ReadCall): { operation: Arguments; calls: Source[][] } {
  const found = asList(value, path).map((node, i) => {
    const sources: Source[] = [];
    return { call: read(node, `${path}[${i}]`, sources), sources };
  });
  const [first] = found;
  if (!first || found.some(({ sources }) => sources.length === 0))
    throw new WeightsFormatError(`model config: ${path} connects an operation to nothing`);
  const wanted = shown(first.call);
  if (found.some(({ call }) => shown(call) !== wanted))
    throw new UnsupportedLayerError(`model config: ${path} calls one operation with different arguments`);
  return { operation: first.call, calls: found.map(({ sources }) => sources) };
}

function shown({ positional, named }: Arguments): string {
  return JSON.stringify([positional, [...named]]);
}

function put(sources: Source[], source: Source): number {
  return sources.push(source) - 1;
}

/** `{ args, kwargs }` of Keras 3; the options that the operation was made with stand in its config. */
function readObjectCall(
  { node, config }: { node: unknown; config: unknown },
  path: string,
  sources: Source[],
): Arguments {
  const reader = new ArgumentReader((value, at) => {
    if (!isObject(value) || property(value, "class_name") !== "__keras_tensor__") return undefined;
    const tensor = asObject(property(value, "config"), `${at}.config`);
    const history = property(tensor, "keras_history");
    if (!isReference(history))
      refuse(`${at}.config.keras_history`, history, '["layer name", call number, output number]');
    return put(sources, sourceOf(history, at));
  });
  const call = asObject(node, path);
  const positional = asList(property(call, "args") ?? [], `${path}.args`).map((value, i) =>
    reader.read(value, `${path}.args[${i}]`),
  );
  const kwargs = reader.named(property(call, "kwargs"), `${path}.kwargs`);
  const options = reader.named(config, `${path} config`);
  return { positional, named: new Map([...options, ...kwargs.filter(([, value]) => value !== null)]) };
}

function sourceOf([layer, call, output]: readonly [string, number, number], path: string): Source {
  return { layer: asName(layer, `${path}[0]`), call, output };
}

const constant = "_CONSTANT_VALUE";

/** tf.keras': the first argument is `[layer, call, output, others]` or a list of such; the others may refer to layers. */
function readListCall(node: unknown, path: string, sources: Source[]): Arguments {
  const reader = new ArgumentReader((value, at) =>
    isReference(value) ? put(sources, sourceOf(value, at)) : undefined,
  );
  const list = asList(node, path);
  const single = typeof list[0] === "string";
  const places = single ? [list] : list.map((place, i) => asList(place, `${path}[${i}]`));
  const items = places.map((place, i) =>
    firstArgument(place, { reader, path: single ? path : `${path}[${i}]`, sources }),
  );
  const named = new Map(reader.named(places[0]?.[3], `${path}[3]`));
  const [first = null] = items;
  return { positional: [single ? first : { kind: "list", items }], named };
}

function firstArgument(
  place: readonly unknown[],
  { reader, path, sources }: { reader: ArgumentReader; path: string; sources: Source[] },
): Argument {
  const [layer, call, output] = place;
  if (layer === constant && call === -1) return reader.read(output, `${path}[2]`);
  if (place.length > 4 || !isWhole(call, 0) || !isWhole(output, 0))
    refuse(path, place, '["layer name", call number, output number, arguments]');
  return { kind: "tensor", index: put(sources, { layer: asName(layer, `${path}[0]`), call, output }) };
}
