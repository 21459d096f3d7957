import { dropout } from "../../autograd/ops/dropout.ts";
import { UnsupportedLayerError } from "../../errors.ts";
import { chain, type LayerClass, only } from "../layer.ts";
import { showJson } from "../untrusted.ts";
import { identityStep } from "./identity.ts";

/** Sets values to 0 in training, at random, and scales up the others; does nothing in inference.
 * @see Srivastava et al. 2014; Tompson et al. 2015, section 3.2, for whole channels */
function dropoutLayer(className: string, options: { channels: boolean }): LayerClass {
  return {
    className,
    build(config, inputShapes) {
      if (options.channels) config.raw("data_format");
      const given = config.raw("rate") ?? config.raw("p");
      const shape = config.raw("noise_shape") ?? undefined;
      return {
        weights: [],
        outputShape: only(inputShapes, config.title),
        call(inputs, _weights, label, training) {
          const x = only(inputs, label);
          if (!training) return chain(x, label, [identityStep]);
          if (typeof given !== "number" || given < 0 || given >= 1)
            throw new UnsupportedLayerError(
              `${config.title}: rate is ${showJson(given)}; training wants a number from 0 up to, but not, 1`,
            );
          if (shape !== undefined)
            throw new UnsupportedLayerError(
              `${config.title}: noise_shape is ${showJson(shape)}, which is not computed in training. Freeze the layer.`,
            );
          const parameters = { rate: given, seed: training.key, channels: options.channels };
          return chain(x, label, [{ op: "dropout", run: (value) => dropout(value, parameters) }]);
        },
      };
    },
  };
}

export const dropoutLayers: readonly LayerClass[] = [
  dropoutLayer("Dropout", { channels: false }),
  ...["SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"].map((name) => dropoutLayer(name, { channels: true })),
];
