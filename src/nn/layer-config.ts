import { UnsupportedLayerError } from "../errors.ts";
import { isWhole, type JsonObject, property, refuse, showJson } from "./untrusted.ts";

/** Options that change nothing in inference, or that the graph itself reads. */
const harmless: ReadonlySet<string> = new Set([
  "name",
  "trainable",
  "dtype",
  "batch_input_shape",
  "batch_shape",
  "batch_size",
  "input_shape",
  "input_dim",
  "autocast",
  "momentum",
  "seed",
  "noise_shape",
  "rate",
  "fused",
  "synchronized",
  "renorm_momentum",
]);
const harmlessEnding = /_(?:initializer|regularizer|constraint)$/;

/** Types of computation: float32 is computed whatever the policy, which is more exact than float16 and less than float64. */
const floatTypes: ReadonlySet<unknown> = new Set([
  "float32",
  "float64",
  "mixed_float16",
  "mixed_bfloat16",
  "float16",
  "bfloat16",
  undefined,
  null,
]);

/** The options of one layer. It remembers which were read: `finish` refuses a layer with an option nobody asked for,
 * since a model that loads and then differs from Keras is worse than one that does not load. */
export class LayerConfig {
  readonly layer: string;
  readonly className: string;
  readonly path: string;
  /** Major version of the Keras that wrote the config. */
  readonly kerasMajor: number;
  readonly #values: JsonObject;
  readonly #read = new Set<string>();

  constructor(values: JsonObject, about: Pick<LayerConfig, "layer" | "className" | "path" | "kerasMajor">) {
    this.#values = values;
    this.layer = about.layer;
    this.className = about.className;
    this.path = about.path;
    this.kerasMajor = about.kerasMajor;
  }

  /** `Conv2D "conv1"`, the beginning of most messages. */
  get title(): string {
    return `${this.className} "${this.layer}"`;
  }

  /** The value as it stands; null where the file says null, undefined where it says nothing. */
  raw(key: string): unknown {
    this.#read.add(key);
    return property(this.#values, key);
  }

  /** All options, for a layer that is not Keras' own. */
  everything(): JsonObject {
    return this.#values;
  }

  whole(key: string, options: { least?: number; otherwise?: number } = {}): number {
    const { least = 1, otherwise } = options;
    const value = this.raw(key) ?? otherwise;
    if (!isWhole(value, least)) this.refuse(key, value, `a whole number of at least ${least}`);
    return value;
  }

  number(key: string, otherwise: number): number {
    const value = this.raw(key) ?? otherwise;
    if (typeof value !== "number" || !Number.isFinite(value)) this.refuse(key, value, "a finite number");
    return value;
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.raw(key) ?? otherwise;
    if (typeof value !== "boolean") this.refuse(key, value, "true or false");
    return value;
  }

  /** One number for both axes, or [height, width]. */
  pair(key: string, otherwise?: number): [number, number] {
    const value = this.raw(key) ?? otherwise;
    const [height, width, ...more] = Array.isArray(value) ? value : [value, value];
    if (!isWhole(height, 1) || !isWhole(width, 1) || more.length > 0)
      this.refuse(key, value, "a whole number of at least 1, or two of them,");
    return [height, width];
  }

  /** One of the values that this version computes.
   * @throws UnsupportedLayerError naming them */
  choice<T extends string | number | boolean>(key: string, supported: readonly T[], otherwise: T): T {
    const value = this.raw(key) ?? otherwise;
    const found = supported.find((candidate) => candidate === value);
    if (found === undefined) this.unsupported(key, value, supported.map((one) => showJson(one)).join(", "));
    return found;
  }

  /** An axis counted from the front, batch first; Keras writes -1, 3 or [3].
   * @param rank number of axes, the batch's included */
  axis(key: string, rank: number, otherwise = -1): number {
    const value = this.raw(key) ?? otherwise;
    const axis = Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
    if (typeof axis !== "number" || !Number.isInteger(axis) || axis < -rank || axis >= rank)
      this.refuse(key, value, `an axis of a shape of ${rank} axes`);
    return axis < 0 ? axis + rank : axis;
  }

  /** Reads the order of axes; layers for channels first were given options for channels last before: see arrange.ts. */
  channelsLast(): void {
    this.choice("data_format", ["channels_last"], "channels_last");
  }

  refuse(key: string, got: unknown, wanted: string): never {
    refuse(`${this.path}.${key} of ${this.title}`, got, wanted);
  }

  /** @throws UnsupportedLayerError always */
  unsupported(key: string, got: unknown, supported: string): never {
    throw new UnsupportedLayerError(
      `${this.title}: option ${key} = ${showJson(got)} is not supported; supported: ${supported}.`,
    );
  }

  /** Refuses what no layer read: see the class. Null means "not set" in Keras. */
  finish(): void {
    this.#checkType();
    for (const key of Object.keys(this.#values)) {
      const value = this.#values[key];
      if (this.#read.has(key) || harmless.has(key) || harmlessEnding.test(key) || value === null) continue;
      const known = [...this.#read].sort().join(", ") || "none";
      throw new UnsupportedLayerError(
        `${this.title}: option ${key} = ${showJson(value)} is not known to this version; known options: ${known}.`,
      );
    }
  }

  #checkType(): void {
    if (this.#read.has("dtype")) return;
    const value = property(this.#values, "dtype");
    const name = typeof value === "object" && value !== null ? policyName(value) : value;
    if (!floatTypes.has(name)) this.unsupported("dtype", value, '"float32", and 16-bit policies computed in float32');
  }
}

/** Keras 3 writes `{ class_name: "DTypePolicy", config: { name: "float32" } }`. */
function policyName(policy: object): unknown {
  const config = property(policy as JsonObject, "config");
  return typeof config === "object" && config !== null ? property(config as JsonObject, "name") : policy;
}
