import { mul } from "../../autograd/ops/arithmetic.ts";
import { chain, type LayerClass, only, showLayerShape, weight } from "../layer.ts";

/** y = gamma x, one factor for each index of the last axis. ConvNeXt's own layer in keras.applications.
 * @see Touvron et al. 2021, "Going deeper with image transformers" */
export const layerScaleLayer: LayerClass = {
  className: "LayerScale",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const channels = config.whole("projection_dim");
    config.raw("init_values");
    if (shape.at(-1) !== channels)
      config.refuse("projection_dim", channels, `the last extent of its input ${showLayerShape(shape)}`);
    return {
      weights: [{ name: "gamma", shape: [channels], trainable: true }],
      outputShape: shape,
      call: (inputs, given, label) =>
        chain(only(inputs, label), label, [{ op: "scale", run: (x) => mul(x, weight(given, "gamma")) }]),
    };
  },
};
