import type { Seed } from "../random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Layer } from "./graph.ts";
import { initialValues } from "./initializers.ts";
import type { Model } from "./model.ts";

/** Gives weights their first values, as Keras' initialisers draw them.
 * @param options.seed  repeats them, on every machine
 * @param options.layers which layers; all unless given
 * @throws UnsupportedLayerError for an initialiser that is not known */
export function initialize(model: Model, options: { seed: Seed; layers?: (layer: Layer) => boolean }): void {
  const { seed, layers = () => true } = options;
  for (const layer of model.layers.filter(layers))
    for (const { name, shape } of layer.weights)
      model.setWeight(
        layer.name,
        name,
        initialValues({ name, shape, config: layer.config, seed: `${seed}/${layer.name}/${name}` }),
      );
}

/** One weight that training changes. */
export interface TrainableWeight {
  readonly layer: string;
  readonly name: string;
  /** The model's own tensor. */
  readonly tensor: Tensor;
}

/** The weights that Keras would train, in its order, without those of frozen layers. */
export function trainableWeights(model: Model, frozen: ReadonlySet<string> = new Set()): TrainableWeight[] {
  return model.layers
    .filter((layer) => !frozen.has(layer.name))
    .flatMap((layer) =>
      layer.weights
        .filter(({ trainable }) => trainable)
        .map(({ name }) => ({ layer: layer.name, name, tensor: model.weightTensor(layer.name, name) })),
    );
}
