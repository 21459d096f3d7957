import { avgPool2d, globalAvgPool, globalMaxPool, maxPool2d } from "../../autograd/ops/pooling.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, imageShape, type LayerClass, only } from "../layer.ts";
import { slide, type Window } from "./window.ts";

type Pair = [number, number];
type Pool = (x: Tensor, options: { size: Pair; stride: Pair; padding: "same" | "valid" }) => Tensor;

function poolingLayer(className: string, op: string, pool: Pool): LayerClass {
  return {
    className,
    build(config, inputShapes) {
      const inputShape = only(inputShapes, config.title);
      config.channelsLast();
      const size = config.pair("pool_size", 2);
      const stride = (config.raw("strides") ?? undefined) === undefined ? size : config.pair("strides");
      const padding = config.choice("padding", ["same", "valid"], "valid");
      const window: Window = { size, stride, dilation: [1, 1], padding };
      const [, , , channels] = imageShape(inputShape, config.title);
      return {
        weights: [],
        outputShape: [null, ...slide(inputShape, window, config), channels],
        call: (inputs, _weights, label) =>
          chain(only(inputs, label), label, [{ op, run: (x) => pool(x, { size, stride, padding }) }]),
      };
    },
  };
}

export const maxPooling2dLayer = poolingLayer("MaxPooling2D", "max_pool", maxPool2d);
export const averagePooling2dLayer = poolingLayer("AveragePooling2D", "avg_pool", avgPool2d);

type GlobalPool = (x: Tensor, options: { keepDims: boolean }) => Tensor;

function globalPoolingLayer(className: string, op: string, pool: GlobalPool): LayerClass {
  return {
    className,
    build(config, inputShapes) {
      config.channelsLast();
      const keepDims = config.flag("keepdims", false);
      const [, , , channels] = imageShape(only(inputShapes, config.title), config.title);
      return {
        weights: [],
        outputShape: keepDims ? [null, 1, 1, channels] : [null, channels],
        call: (inputs, _weights, label) =>
          chain(only(inputs, label), label, [{ op, run: (x) => pool(x, { keepDims }) }]),
      };
    },
  };
}

export const globalAveragePooling2dLayer = globalPoolingLayer(
  "GlobalAveragePooling2D",
  "global_avg_pool",
  globalAvgPool,
);
export const globalMaxPooling2dLayer = globalPoolingLayer("GlobalMaxPooling2D", "global_max_pool", globalMaxPool);
