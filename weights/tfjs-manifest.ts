import { WeightsFormatError } from "../src/errors.ts";
import { isObject, isWhole, type JsonObject, property, showJson } from "../src/nn/untrusted.ts";
import { elementCount, formatBytes, type NumberFormat } from "./number-format.ts";
import { shardPathParts } from "./shard-path.ts";

/** A weight whose numbers were stored in fewer bits: value = stored * scale + min, or a half-precision float. */
export type Quantization =
  | { readonly format: "u8" | "u16"; readonly scale: number; readonly min: number }
  | { readonly format: "f16" };

/** One weight of a weightsManifest, and where its bytes are in its group's shards laid end to end. */
export interface ManifestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** The type it had in the model, as TensorFlow.js calls it. */
  readonly dtype: string;
  readonly format: NumberFormat;
  readonly quantization?: Quantization;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Part of the optimizer's state: stored with the weights, no weight of the model. */
  readonly ofOptimizer: boolean;
}

export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
  readonly sizeBytes: number;
}

const dtypes: ReadonlyMap<unknown, NumberFormat> = new Map<unknown, NumberFormat>([
  ["float32", "f32"],
  ["float16", "f16"],
  ["int32", "i32"],
  ["uint16", "u16"],
  ["uint8", "u8"],
  ["bool", "bool"],
]);
const mostShards = 4096;
const mostWeights = 20_000;
const longestName = 1024;
const mostAxes = 16;

/** Reads the `weightsManifest` of a TensorFlow.js model; a model without weights may leave it out.
 * @throws WeightsFormatError naming the entry, for shapes, types and paths that cannot be */
export function readManifest(value: unknown, file: string): ManifestGroup[] {
  if (value === undefined || value === null) return [];
  const at = new Place(file, "weightsManifest");
  const groups = at.list(value).map((group, i) => readGroup(group, at.item(i)));
  const weights = groups.flatMap((group) => group.weights);
  if (weights.length > mostWeights) at.fail(`lists ${weights.length} weights; at most ${mostWeights} are read`);
  refuseRepeats(at, groups);
  return groups;
}

/** Where in model.json a value stands, for messages. */
class Place {
  readonly #file: string;
  readonly #path: string;
  constructor(file: string, path: string) {
    this.#file = file;
    this.#path = path;
  }
  get file(): string {
    return this.#file;
  }
  item(index: number): Place {
    return new Place(this.#file, `${this.#path}[${index}]`);
  }
  key(name: string): Place {
    return new Place(this.#file, `${this.#path}.${name}`);
  }
  fail(why: string): never {
    throw new WeightsFormatError(`${this.#file}: ${this.#path} ${why}.`);
  }
  list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : this.fail(`is ${showJson(value)}; a list is wanted`);
  }
  object(value: unknown): JsonObject {
    if (isObject(value)) return value;
    return this.fail(`is ${showJson(value)}; an object is wanted`);
  }
}

function readGroup(value: unknown, at: Place): ManifestGroup {
  const group = at.object(value);
  const listed = at.key("paths").list(property(group, "paths"));
  if (listed.length > mostShards) at.fail(`lists ${listed.length} shards; at most ${mostShards} are read`);
  const paths = listed.map((path) => shardPathParts(path, at.file).join("/"));
  let sizeBytes = 0;
  const weights = at
    .key("weights")
    .list(property(group, "weights"))
    .map((entry, i) => {
      const weight = readWeight(entry, at.key("weights").item(i), sizeBytes);
      sizeBytes += weight.sizeBytes;
      return weight;
    });
  if (!Number.isSafeInteger(sizeBytes)) at.fail(`asks for ${sizeBytes} bytes`);
  return { paths, weights, sizeBytes };
}

function readWeight(value: unknown, at: Place, offset: number): ManifestWeight {
  const entry = at.object(value);
  const [name, shape, dtype] = [property(entry, "name"), property(entry, "shape"), property(entry, "dtype")];
  if (typeof name !== "string" || name === "" || name.length > longestName)
    return at.key("name").fail(`is ${showJson(name)}; a name of 1 to ${longestName} characters is wanted`);
  const here = `(the weight "${name}")`;
  const isShape = Array.isArray(shape) && shape.length <= mostAxes && shape.every((extent) => isWhole(extent, 0));
  if (!isShape) return at.key("shape").fail(`is ${showJson(shape)} ${here}; a list of sizes is wanted`);
  const format = dtypes.get(dtype);
  if (!format || typeof dtype !== "string")
    return at.key("dtype").fail(`is ${showJson(dtype)} ${here}; known are ${[...dtypes.keys()].join(", ")}`);
  const quantization = readQuantization(property(entry, "quantization"), at.key("quantization"), dtype);
  const sizeBytes = elementCount(shape) * formatBytes[quantization?.format ?? format];
  if (!Number.isSafeInteger(sizeBytes)) at.key("shape").fail(`is ${showJson(shape)} ${here}, which no file can hold`);
  const ofOptimizer = property(entry, "group") === "optimizer";
  const base = { name, shape, dtype, format, offset, sizeBytes, ofOptimizer };
  return quantization ? { ...base, quantization } : base;
}

function readQuantization(value: unknown, at: Place, dtype: string): Quantization | undefined {
  if (value === undefined || value === null) return undefined;
  const { dtype: stored, scale, min } = at.object(value);
  if (stored === "float16") {
    if (dtype !== "float32") at.fail(`stores a weight of type ${dtype} as float16; only float32 can be`);
    return { format: "f16" };
  }
  if (stored !== "uint8" && stored !== "uint16")
    return at.key("dtype").fail(`is ${showJson(stored)}; known are uint8, uint16 and float16`);
  if (dtype !== "float32" && dtype !== "int32")
    at.fail(`stores a weight of type ${dtype} as ${stored}; only float32 and int32 can be`);
  const greatest = stored === "uint8" ? 255 : 65535;
  if (!isFinite32(scale) || !isFinite32(min) || !isFinite32(greatest * scale + min))
    return at.fail(`has the scale ${showJson(scale)} and the min ${showJson(min)}; finite numbers are wanted`);
  return { format: stored === "uint8" ? "u8" : "u16", scale, min };
}

function isFinite32(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(Math.fround(value));
}

/** Two weights of one name would have to share a place in the model; two uses of one shard are never written. */
function refuseRepeats(at: Place, groups: readonly ManifestGroup[]): void {
  const path = firstRepeated(groups.flatMap((group) => group.paths));
  if (path !== undefined) at.fail(`lists the shard "${path}" twice`);
  const wanted = groups.flatMap((group) => group.weights).filter((weight) => !weight.ofOptimizer);
  const name = firstRepeated(wanted.map((weight) => weight.name));
  if (name !== undefined)
    at.fail(
      `lists two weights named "${name}", so it does not say which layer has which ` +
        "(nested models whose inner layers have the same names): load the Keras file that it was made from",
    );
}

function firstRepeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}
