import { nearest, UnsupportedLayerError } from "../../errors.ts";
import type { LayerClass } from "../layer.ts";
import { activationLayer } from "./activation.ts";
import { activationClassLayers, preluLayer } from "./activation-classes.ts";
import { conv2dLayer, depthwiseConv2dLayer, separableConv2dLayer } from "./conv.ts";
import { conv2dTransposeLayer } from "./conv-transpose.ts";
import { normalizationLayer, rescalingLayer } from "./data-normalization.ts";
import { denseLayer } from "./dense.ts";
import { dotLayer } from "./dot.ts";
import { dropoutLayers } from "./dropout.ts";
import {
  groupNormalizationLayer,
  layerNormalizationLayer,
  rmsNormalizationLayer,
  unitNormalizationLayer,
} from "./group-normalization.ts";
import { identityLayers } from "./identity.ts";
import { inputLayer } from "./input.ts";
import { layerScaleLayer } from "./layer-scale.ts";
import { concatenateLayer, mergeLayers } from "./merge.ts";
import { cropping2dLayer, permuteLayer, repeatVectorLayer } from "./moving.ts";
import { batchNormalizationLayers } from "./normalization.ts";
import { rowLayers } from "./one-dimensional.ts";
import {
  averagePooling2dLayer,
  globalAveragePooling2dLayer,
  globalMaxPooling2dLayer,
  maxPooling2dLayer,
} from "./pooling.ts";
import { flattenLayer, reshapeLayer, upSampling2dLayer, zeroPadding2dLayer } from "./reshape.ts";
import { centerCropLayer, randomCropLayer, resizingLayer } from "./resizing.ts";

/** Every layer that a model may have, by Keras' class name. */
const layerClasses: ReadonlyMap<string, LayerClass> = new Map(
  [
    inputLayer,
    conv2dLayer,
    depthwiseConv2dLayer,
    separableConv2dLayer,
    denseLayer,
    activationLayer,
    ...activationClassLayers,
    preluLayer,
    maxPooling2dLayer,
    averagePooling2dLayer,
    globalAveragePooling2dLayer,
    globalMaxPooling2dLayer,
    ...batchNormalizationLayers,
    rescalingLayer,
    layerScaleLayer,
    zeroPadding2dLayer,
    upSampling2dLayer,
    flattenLayer,
    reshapeLayer,
    concatenateLayer,
    ...mergeLayers,
    normalizationLayer,
    layerNormalizationLayer,
    groupNormalizationLayer,
    rmsNormalizationLayer,
    unitNormalizationLayer,
    conv2dTransposeLayer,
    cropping2dLayer,
    permuteLayer,
    repeatVectorLayer,
    resizingLayer,
    centerCropLayer,
    randomCropLayer,
    dotLayer,
    ...rowLayers,
    ...dropoutLayers,
    ...identityLayers,
  ].map((entry) => [entry.className, entry]),
);

/** @throws UnsupportedLayerError naming the layer, its class and all classes there are */
export function layerClass(className: string, layer: string): LayerClass {
  const found = layerClasses.get(className);
  if (found) return found;
  const guess = nearest(className, layerClasses.keys());
  const hint = guess ? ` Did you mean ${guess}?` : "";
  throw new UnsupportedLayerError(
    `layer "${layer}" is of class ${className}, which is not supported.${hint} Code from files is never run: tell what ` +
      `the layer computes with loadModel(source, { layers: { ${keyOf(className)}: { call: ([x]) => ... } } }). ` +
      `Supported: ${[...layerClasses.keys()].sort().join(", ")}.`,
  );
}

/** A class's name as a key of an object literal, without the package that Keras registers it in. */
function keyOf(className: string): string {
  const name = className.slice(className.indexOf(">") + 1);
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}
