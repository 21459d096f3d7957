import { WeightsFormatError } from "../src/errors.ts";
import { type JsonObject, property, showJson } from "../src/nn/untrusted.ts";
import type { ByteSource } from "./byte-source.ts";
import { joinSources } from "./joined-source.ts";
import { addTo } from "./lists.ts";
import type { ModelFile, StoredLayer, StoredWeight } from "./model-file.ts";
import { aligned, allocateFloat32, decodeFloat32 } from "./number-format.ts";
import type { ShardResolver } from "./shard-path.ts";
import { looksLike } from "./sniff.ts";
import { parseStrictJson } from "./strict-json.ts";
import { type ManifestGroup, type ManifestWeight, readManifest } from "./tfjs-manifest.ts";
import { asObject, ownersOf } from "./tfjs-names.ts";
import { decodeUtf8, mostTextBytes } from "./utf8.ts";

/** How many shards are asked for at the same time. */
const atOnce = 6;

/** Opens a layers model of TensorFlow.js: model.json, and its shards by way of `shard`. The sources belong to the file
 * from here on; the weights are read when asked for.
 * @throws WeightsFormatError for graph models, damaged and hostile files, and what `shard` throws */
export async function openTfjs(source: ByteSource, shard: ShardResolver): Promise<ModelFile> {
  const { name } = source;
  const model = readModelJson(source);
  const config = configOf(model, name);
  const groups = readManifest(property(model, "weightsManifest"), name);
  const joined = await openGroups(groups, name, shard);
  const topology = asObject(property(model, "modelTopology"));
  const kerasVersion = topology && property(topology, "keras_version");
  const backend = topology && property(topology, "backend");
  return {
    name,
    format: "tfjs",
    naming: "layer",
    ...(config === undefined ? {} : { config }),
    ...(typeof kerasVersion === "string" ? { kerasVersion } : {}),
    ...(typeof backend === "string" ? { backend } : {}),
    layers: storedLayers(groups, joined, config),
    close: () => closeAll(joined),
  };
}

/** The Keras config in a model.json, whose shards are left alone; undefined where it has none. The source is closed.
 * @throws WeightsFormatError as `openTfjs` */
export function readTfjsConfig(source: ByteSource): unknown {
  return configOf(readModelJson(source), source.name);
}

/** Whether a parsed JSON is the model.json of TensorFlow.js, graph models included. */
export function isTfjsJson(value: unknown): boolean {
  const object = asObject(value);
  return object !== undefined && ["modelTopology", "weightsManifest"].some((key) => Object.hasOwn(object, key));
}

function readModelJson(source: ByteSource): JsonObject {
  const { name, size } = source;
  try {
    if (size > mostTextBytes)
      throw new WeightsFormatError(`${name} has ${size} bytes; at most ${mostTextBytes} of JSON are read.`);
    const bytes = source.read(0, size);
    const text = decodeUtf8(bytes);
    if (text === undefined || !/^\s*[{[]/.test(text))
      throw new WeightsFormatError(
        `${name} is not the model.json of TensorFlow.js. It looks like ${looksLike(bytes)}.`,
      );
    const model = asObject(parseStrictJson(text, name));
    if (model && isTfjsJson(model)) return model;
    throw new WeightsFormatError(
      `${name} is JSON, but not the model.json of TensorFlow.js: it has neither "modelTopology" nor "weightsManifest".`,
    );
  } finally {
    source.close();
  }
}

/** Keras' model config, which stands in `model_config` (written by the converter) or is the topology itself (written
 * by TensorFlow.js); either may be JSON inside JSON. Undefined when the file holds weights only. */
function configOf(model: JsonObject, name: string): unknown {
  const topology = unquoted(property(model, "modelTopology"), `${name}: modelTopology`);
  const body = asObject(topology);
  const isGraph = property(model, "format") === "graph-model" || (body && Array.isArray(property(body, "node")));
  if (isGraph)
    throw new WeightsFormatError(
      `${name} is a graph model of TensorFlow.js: TensorFlow operations without Keras' layers, which Backlight does not ` +
        "read. Load the Keras model that it was made from, or convert that one with " +
        "`tensorflowjs_converter --input_format keras --output_format tfjs_layers_model`.",
    );
  if (topology === undefined || topology === null) return undefined;
  if (!body) throw new WeightsFormatError(`${name}: modelTopology is ${showJson(topology)}; an object is wanted.`);
  const inner = property(body, "model_config");
  if (inner !== undefined && inner !== null) return unquoted(inner, `${name}: modelTopology.model_config`);
  if (Object.hasOwn(body, "class_name")) return body;
  throw new WeightsFormatError(
    `${name}: modelTopology has neither "model_config" nor "class_name", so the architecture is unknown.`,
  );
}

function unquoted(value: unknown, what: string): unknown {
  return typeof value === "string" ? parseStrictJson(value, what) : value;
}

async function openGroups(
  groups: readonly ManifestGroup[],
  name: string,
  shard: ShardResolver,
): Promise<readonly ByteSource[]> {
  const wanted = groups.flatMap(({ paths, sizeBytes }) => paths.map((path) => ({ path, sizeBytes })));
  const opened = new Map<string, ByteSource>();
  try {
    let next = 0;
    const work = async () => {
      for (let entry = wanted[next++]; entry; entry = wanted[next++])
        opened.set(
          entry.path,
          await shard(entry.path, entry.sizeBytes).catch((error: unknown) => {
            next = wanted.length;
            throw error;
          }),
        );
    };
    // All are waited for, so that nothing is opened after everything was closed.
    const ends = await Promise.allSettled(Array.from({ length: atOnce }, work));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
    return groups.map((group) => joinGroup(group, name, opened));
  } catch (error) {
    closeAll([...opened.values()]);
    throw error;
  }
}

function joinGroup(group: ManifestGroup, name: string, opened: ReadonlyMap<string, ByteSource>): ByteSource {
  const { paths, sizeBytes } = group;
  const parts = paths.flatMap((path) => opened.get(path) ?? []);
  const joined = joinSources(parts, `the shards of ${name}`);
  if (joined.size === sizeBytes) return joined;
  const shards = paths.map((path, i) => `${path} (${parts[i]?.size} bytes)`).slice(0, 8);
  const more = paths.length > 8 ? ` and ${paths.length - 8} more` : "";
  throw new WeightsFormatError(
    `${name}: its weights take ${sizeBytes} bytes, but ${shards.join(", ") || "no shard"}${more} ` +
      `${paths.length === 1 ? "has" : "have"} ${joined.size}. ` +
      `${joined.size < sizeBytes ? "A shard was cut short or is missing" : "Something was added to a shard"}, ` +
      "or they are of another model.",
  );
}

function closeAll(sources: readonly ByteSource[]): void {
  for (const source of sources) source.close();
}

function storedLayers(groups: readonly ManifestGroup[], joined: readonly ByteSource[], config: unknown): StoredLayer[] {
  const placed = groups.flatMap((group, i) => {
    const source = joined[i];
    return source ? group.weights.filter(({ ofOptimizer }) => !ofOptimizer).map((weight) => ({ weight, source })) : [];
  });
  const owners = ownersOf(
    placed.map(({ weight }) => weight.name),
    config,
  );
  const layers = new Map<string, StoredWeight[]>();
  for (const { weight, source } of placed) {
    const layer = owners.get(weight.name) ?? weight.name;
    addTo(layers, layer, storedWeight(weight, source, layer));
  }
  return [...layers].map(([name, weights]) => ({ name, weights }));
}

function storedWeight(weight: ManifestWeight, source: ByteSource, layer: string): StoredWeight {
  const { name, shape, dtype, quantization, offset, sizeBytes } = weight;
  const [rows = 1] = shape;
  return {
    layer,
    name,
    shape,
    dtype: quantization ? `${dtype} as ${storedAs[quantization.format]}` : dtype,
    sizeBytes,
    read: () => decode(weight, source.read(offset, sizeBytes), source.name),
    readRows(start, count) {
      if (!(Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0 && start + count <= rows))
        throw new WeightsFormatError(
          `${source.name}: "${name}" has ${rows} rows; ${count} from ${start} were asked for.`,
        );
      const rowBytes = rows === 0 ? 0 : sizeBytes / rows;
      return decode(weight, source.read(offset + start * rowBytes, count * rowBytes), source.name);
    },
  };
}

const storedAs = { u8: "uint8", u16: "uint16", f16: "float16" } as const;

function decode(weight: ManifestWeight, bytes: Uint8Array, file: string): Float32Array {
  const { name, dtype, format, quantization } = weight;
  const what = `${file}: "${name}"`;
  if (!quantization) return decodeFloat32(bytes, format, what);
  if (quantization.format === "f16") return decodeFloat32(bytes, "f16", what);
  const { scale, min } = quantization;
  const stored = quantization.format === "u8" ? bytes : aligned(bytes, Uint16Array);
  const values = allocateFloat32(stored.length, what);
  for (let i = 0; i < stored.length; i++) values[i] = (stored[i] ?? 0) * scale + min;
  return dtype === "int32" ? values.map(Math.round) : values;
}
