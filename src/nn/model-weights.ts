import { ShapeError, UnknownNameError, WeightsFormatError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { readRows } from "../tensor/parts.ts";
import { showShape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Layer } from "./graph.ts";
import { listed } from "./names.ts";

/** One place of a model that a weights file must fill. */
export interface WeightSlot {
  readonly layer: string;
  /** kernel, bias, gamma, beta, moving_mean, moving_variance, depthwise_kernel or pointwise_kernel. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** A model's weights on the GPU. */
export class ModelWeights {
  readonly #engine: Engine;
  /** The model's name, for messages. */
  readonly #model: string;
  readonly #tensors = new Map<string, Map<string, Tensor>>();

  constructor(engine: Engine, model: string) {
    this.#engine = engine;
    this.#model = model;
  }

  /** @throws UnknownNameError, ShapeError if the number of values is wrong */
  set(layer: Layer, name: string, data: Float32Array): void {
    const { shape } = slotOf(layer, name);
    if (data.length !== sizeOf(shape))
      throw new ShapeError(
        `setWeight: ${data.length} values for ${name} of "${layer.name}", whose shape is ${showShape(shape)} ` +
          `(${sizeOf(shape)} values)`,
      );
    // a new tensor: commands still waiting may read the old one
    this.#tensors.get(layer.name)?.get(name)?.dispose();
    this.#tensors.get(layer.name)?.delete(name);
    this.#engine.write(this.tensor(layer, name), 0, data);
  }

  /** The tensor of one weight, made on first use.
   * @throws UnknownNameError */
  tensor(layer: Layer, name: string): Tensor {
    const { shape } = slotOf(layer, name);
    const weights = this.#tensors.get(layer.name) ?? new Map<string, Tensor>();
    const tensor = weights.get(name) ?? this.#engine.keep(this.#engine.writable(shape));
    weights.set(name, tensor);
    this.#tensors.set(layer.name, weights);
    return tensor;
  }

  /** @throws UnknownNameError; WeightsFormatError if it was never set; ShapeError for rows that it does not have */
  async read(layer: Layer, name: string, rows: { start?: number; count?: number }): Promise<Float32Array> {
    const { shape } = slotOf(layer, name);
    const tensor = this.#tensors.get(layer.name)?.get(name);
    if (!tensor) throw this.#neverSet([`${layer.name}/${name}`]);
    const all = shape[0] ?? 1;
    const { start = 0, count = all - start } = rows;
    return await readRows(tensor, start, count);
  }

  /** All of a layer's weights, by name.
   * @throws WeightsFormatError */
  of(layer: Layer): Readonly<Record<string, Tensor>> {
    this.assertSet([layer]);
    return Object.fromEntries(this.#tensors.get(layer.name) ?? []);
  }

  /** As `of`, with tensors of any values for those that were never set. The caller frees them. */
  placeholders(layer: Layer): Readonly<Record<string, Tensor>> {
    const known = this.#tensors.get(layer.name);
    return Object.fromEntries(
      layer.weights.map(({ name, shape }) => [name, known?.get(name) ?? this.#engine.writable(shape)]),
    );
  }

  /** @throws WeightsFormatError naming the weights that were never set */
  assertSet(layers: readonly Layer[]): void {
    const missing = layers.flatMap((layer) =>
      layer.weights
        .filter((weight) => !this.#tensors.get(layer.name)?.has(weight.name))
        .map((weight) => `${layer.name}/${weight.name}`),
    );
    if (missing.length > 0) throw this.#neverSet(missing);
  }

  dispose(): void {
    for (const weights of this.#tensors.values()) for (const tensor of weights.values()) tensor.dispose();
    this.#tensors.clear();
  }

  #neverSet(missing: readonly string[]): WeightsFormatError {
    return new WeightsFormatError(
      `model "${this.#model}": ${missing.length} ${missing.length === 1 ? "weight was" : "weights were"} never set: ` +
        `${listed(missing)}. Load a weights file into the model first.`,
    );
  }
}

function slotOf(layer: Layer, name: string): WeightSlot {
  const spec = layer.weights.find((weight) => weight.name === name);
  if (spec) return { layer: layer.name, name, shape: spec.shape };
  const has = layer.weights.map((weight) => weight.name);
  throw new UnknownNameError(
    `layer "${layer.name}" has no weight "${name}"; it has ${has.length > 0 ? has.join(", ") : "none"}`,
  );
}
