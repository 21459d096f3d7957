import { nearest, UnsupportedLayerError } from "../../errors.ts";
import type { LayerClass } from "../layer.ts";
import { activationLayer, reluLayer, softmaxLayer } from "./activation.ts";
import { conv2dLayer, depthwiseConv2dLayer, separableConv2dLayer } from "./conv.ts";
import { denseLayer } from "./dense.ts";
import { dropoutLayer, spatialDropout2dLayer } from "./identity.ts";
import { inputLayer } from "./input.ts";
import { addLayer, concatenateLayer, multiplyLayer, subtractLayer } from "./merge.ts";
import { batchNormalizationLayer, rescalingLayer } from "./normalization.ts";
import {
  averagePooling2dLayer,
  globalAveragePooling2dLayer,
  globalMaxPooling2dLayer,
  maxPooling2dLayer,
} from "./pooling.ts";
import { flattenLayer, reshapeLayer, upSampling2dLayer, zeroPadding2dLayer } from "./reshape.ts";

/** Every layer that a model may have, by Keras' class name. */
export const layerClasses: ReadonlyMap<string, LayerClass> = new Map(
  [
    inputLayer,
    conv2dLayer,
    depthwiseConv2dLayer,
    separableConv2dLayer,
    denseLayer,
    activationLayer,
    reluLayer,
    softmaxLayer,
    maxPooling2dLayer,
    averagePooling2dLayer,
    globalAveragePooling2dLayer,
    globalMaxPooling2dLayer,
    batchNormalizationLayer,
    rescalingLayer,
    zeroPadding2dLayer,
    upSampling2dLayer,
    flattenLayer,
    reshapeLayer,
    concatenateLayer,
    addLayer,
    subtractLayer,
    multiplyLayer,
    dropoutLayer,
    spatialDropout2dLayer,
  ].map((entry) => [entry.className, entry]),
);

/** @throws UnsupportedLayerError naming the layer, its class and all classes there are */
export function layerClass(className: string, layer: string): LayerClass {
  const found = layerClasses.get(className);
  if (found) return found;
  const guess = nearest(className, layerClasses.keys());
  const hint = guess ? ` Did you mean ${guess}?` : "";
  throw new UnsupportedLayerError(
    `layer "${layer}" is of class ${className}, which is not supported.${hint} ` +
      `Supported: ${[...layerClasses.keys()].sort().join(", ")}.`,
  );
}
