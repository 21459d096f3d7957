import { reshape } from "../../autograd/ops/layout.ts";
import { chain, type LayerClass, only, type Step } from "../layer.ts";

/** An operation of its own, so that the tape has a node with the layer's name; it shares its input's memory. */
export const identityStep: Step = { op: "reshape", run: (x) => reshape(x, x.shape) };

/** Layers that do nothing in inference. */
function identityLayer(className: string): LayerClass {
  return {
    className,
    build: (config, inputShapes) => ({
      weights: [],
      outputShape: only(inputShapes, config.title),
      call: (inputs, _weights, label) => chain(only(inputs, label), label, [identityStep]),
    }),
  };
}

export const dropoutLayer = identityLayer("Dropout");
export const spatialDropout2dLayer: LayerClass = {
  className: "SpatialDropout2D",
  build(config, inputShapes) {
    config.channelsLast();
    return identityLayer("SpatialDropout2D").build(config, inputShapes);
  },
};
