import { ShapeError } from "../errors.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type BuiltLayer, type LayerShape, labelled, showLayerShape, type WeightSpec } from "./layer.ts";
import type { LayerConfig } from "./layer-config.ts";
import type { JsonObject } from "./untrusted.ts";

/** A layer that Keras does not have, or whose code is in Python: what it computes, told in TypeScript. */
export interface CustomLayer {
  /** Computes the output with operations of this library; they are differentiated like any others.
   * @param inputs  one for each layer that it is called on, in Keras' order of axes
   * @param weights by the names that `weights` gives
   * @param options Keras' options of this layer, as the file has them */
  call(inputs: readonly Tensor[], weights: Readonly<Record<string, Tensor>>, options: JsonObject): Tensor;
  /** The output's shape, batch first, null where the extent is open; the first input's unless given. */
  outputShape?(inputShapes: readonly LayerShape[], options: JsonObject): LayerShape;
  /** The layer's weights in Keras' order; none unless given. */
  weights?(inputShapes: readonly LayerShape[], options: JsonObject): readonly WeightSpec[];
}

/** Custom layers, by the class's name ("MyLayer", or "Package>MyLayer" as Keras registers it), or by the name of one
 * layer, which is how several Lambda layers are told apart. */
export type CustomLayers = Readonly<Record<string, CustomLayer>>;

/** What stands for a layer, if anything was given for it. */
export function findCustom(
  custom: CustomLayers,
  { name, className }: { readonly name: string; readonly className: string },
): CustomLayer | undefined {
  const keys = [name, className, className.slice(className.indexOf(">") + 1)];
  const key = keys.find((candidate) => Object.hasOwn(custom, candidate));
  return key === undefined ? undefined : custom[key];
}

/** A custom layer for these inputs. */
export function buildCustom(layer: CustomLayer, config: LayerConfig, inputShapes: readonly LayerShape[]): BuiltLayer {
  const options = config.everything();
  const outputShape = layer.outputShape?.(inputShapes, options) ?? inputShapes[0] ?? [];
  return {
    weights: layer.weights?.(inputShapes, options) ?? [],
    outputShape,
    call: (inputs, weights, label) => {
      const [x] = inputs;
      const compute = () => layer.call(inputs, weights, options);
      const y = x ? labelled(x.engine, label, compute) : compute();
      const fits = outputShape.every((extent, axis) => extent === null || extent === y.shape[axis]);
      if (fits && outputShape.length === y.shape.length) return y;
      throw new ShapeError(
        `${config.title}: its call gave ${showShape(y.shape)}, but its output is ${showLayerShape(outputShape)}. ` +
          "Tell the shape with outputShape(inputShapes, options).",
      );
    },
  };
}
