import { reshape } from "../../autograd/ops/layout.ts";
import { crop2d } from "../../autograd/ops/permute.ts";
import { resize2d } from "../../autograd/ops/resize.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type BuiltLayer, chain, imageShape, type LayerClass, type LayerShape, labelled, only } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { identityStep } from "./identity.ts";
import { resizeMethods } from "./reshape.ts";

interface Target {
  readonly height: number;
  readonly width: number;
}

type Method = (typeof resizeMethods)[keyof typeof resizeMethods];

function sized(config: LayerConfig, shape: LayerShape, run: (x: Tensor, target: Target) => Tensor): BuiltLayer {
  const [, , , channels] = imageShape(shape, config.title);
  const target = { height: config.whole("height"), width: config.whole("width") };
  return {
    weights: [],
    outputShape: [null, target.height, target.width, channels],
    call(inputs, _weights, label) {
      const x = only(inputs, label);
      return labelled(x.engine, label, () => run(x, target));
    },
  };
}

/** Bilinear with half-pixel centres, or nearest, as tf.image.resize. */
export const resizingLayer: LayerClass = {
  className: "Resizing",
  build(config, inputShapes) {
    config.channelsLast();
    config.choice("pad_to_aspect_ratio", [false], false);
    config.choice("antialias", [false], false);
    for (const only of ["fill_mode", "fill_value"]) config.raw(only); // of padding
    const method = resizeMethods[config.choice("interpolation", ["bilinear", "nearest"], "bilinear")];
    const crop = config.flag("crop_to_aspect_ratio", false);
    return sized(config, only(inputShapes, config.title), (x, target) =>
      crop ? smartResize(x, target, method) : resize2d(x, { ...target, method }),
    );
  },
};

/** The middle, or where the image is too small, the largest part of that shape enlarged. */
export const centerCropLayer: LayerClass = {
  className: "CenterCrop",
  build(config, inputShapes) {
    config.channelsLast();
    return sized(config, only(inputShapes, config.title), (x, target) => {
      const [, height = 0, width = 0] = x.shape;
      const fits = height >= target.height && width >= target.width;
      return fits ? centre(x, target) : smartResize(x, target, "half-pixel");
    });
  },
};

/** In inference, Keras 2 resizes the largest part of the wanted shape; Keras 3, whose configuration names a data
 * format, leaves the image as it is. */
export const randomCropLayer: LayerClass = {
  className: "RandomCrop",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const keras3 = typeof config.raw("data_format") === "string";
    config.channelsLast();
    const resized = sized(config, shape, (x, target) => smartResize(x, target, "half-pixel"));
    if (!keras3) return resized;
    const call: BuiltLayer["call"] = (inputs, _weights, label) => chain(only(inputs, label), label, [identityStep]);
    return { weights: [], outputShape: shape, call };
  },
};

/** The largest part of the target's shape, in the middle, then resized. */
function smartResize(x: Tensor, target: Target, method: Method): Tensor {
  const [, height = 0, width = 0] = x.shape;
  const within = (extent: number, most: number) => Math.max(Math.min(Math.trunc(extent), most), 1);
  const part = {
    height: within((width * target.height) / target.width, height),
    width: within((height * target.width) / target.height, width),
  };
  return resize2d(centre(x, part), { ...target, method });
}

function centre(x: Tensor, { height, width }: Target): Tensor {
  const [, H = 0, W = 0] = x.shape;
  if (H === height && W === width) return reshape(x, x.shape);
  const [top, left] = [Math.floor((H - height) / 2), Math.floor((W - width) / 2)];
  return crop2d(x, [
    [top, H - height - top],
    [left, W - width - left],
  ]);
}
