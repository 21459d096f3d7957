import { reshape } from "../../autograd/ops/layout.ts";
import { UnsupportedLayerError } from "../../errors.ts";
import { chain, type LayerClass, only, type Step } from "../layer.ts";

/** An operation of its own, so that the tape has a node with the layer's name; it shares its input's memory. */
export const identityStep: Step = { op: "reshape", run: (x) => reshape(x, x.shape) };

/** Layers that do nothing in inference.
 * @param options those that matter in training alone */
function identityLayer(className: string, options: readonly string[] = []): LayerClass {
  return {
    className,
    build(config, inputShapes) {
      for (const option of options) config.raw(option);
      return {
        weights: [],
        outputShape: only(inputShapes, config.title),
        call(inputs, _weights, label, training) {
          if (training && className !== "Identity")
            throw new UnsupportedLayerError(
              `${config.title} is not computed in training, only in inference, where it does nothing. Freeze the layer, ` +
                "and change pictures by the data's `augment`.",
            );
          return chain(only(inputs, label), label, [identityStep]);
        },
      };
    },
  };
}

const noise: Readonly<Record<string, readonly string[]>> = {
  Identity: [],
  GaussianNoise: ["stddev"],
  GaussianDropout: [],
  AlphaDropout: [],
  ActivityRegularization: ["l1", "l2"],
};

/** What the random pictures of training are made by: names, ranges, what surrounds the picture. */
const factors = ["factor", "value_range", "data_format", "auto_vectorize"];
const filling = ["fill_mode", "fill_value", "interpolation"];

const pictures: Readonly<Record<string, readonly string[]>> = {
  RandomFlip: ["mode"],
  RandomRotation: filling,
  RandomZoom: [...filling, "height_factor", "width_factor"],
  RandomTranslation: [...filling, "height_factor", "width_factor"],
  RandomShear: [...filling, "x_factor", "y_factor"],
  RandomContrast: [],
  RandomBrightness: [],
  RandomHeight: ["interpolation"],
  RandomWidth: ["interpolation"],
  RandomHue: [],
  RandomSaturation: [],
  RandomSharpness: [],
  RandomPosterization: [],
  RandomInvert: [],
  RandomGrayscale: [],
  RandomColorDegeneration: [],
  RandomColorJitter: ["brightness_factor", "contrast_factor", "saturation_factor", "hue_factor"],
  RandomGaussianBlur: ["kernel_size", "sigma"],
  RandomErasing: ["scale", "fill_value"],
  RandomPerspective: [...filling, "scale"],
  RandomElasticTransform: [...filling, "scale"],
};

export const identityLayers: readonly LayerClass[] = [
  ...Object.entries(noise).map(([name, options]) => identityLayer(name, options)),
  ...Object.entries(pictures).map(([name, options]) => identityLayer(name, [...factors, ...options])),
];
