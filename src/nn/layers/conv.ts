import { conv2d } from "../../autograd/ops/convolution.ts";
import { depthwiseConv2d } from "../../autograd/ops/depthwise.ts";
import { ShapeError } from "../../errors.ts";
import {
  type BuiltLayer,
  chain,
  imageShape,
  type LayerClass,
  type LayerShape,
  only,
  type Step,
  type WeightSpec,
  weight,
} from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { activatedShape, activationSteps } from "./activation.ts";
import { slide, type Window } from "./window.ts";

export function readWindow(config: LayerConfig): Window {
  config.channelsLast();
  return {
    size: config.pair("kernel_size"),
    stride: config.pair("strides", 1),
    dilation: config.pair("dilation_rate", 1),
    padding: config.choice("padding", ["same", "valid"], "valid"),
  };
}

const trainable = true;

export function biasOf(config: LayerConfig, channels: number): WeightSpec[] {
  return config.flag("use_bias", true) ? [{ name: "bias", shape: [channels], trainable }] : [];
}

interface Parts {
  readonly window: Window;
  readonly channels: number;
  readonly weights: readonly WeightSpec[];
}

/** A layer made of convolutions and an activation; `steps` gets the layer's weights when it runs. */
function convolution(
  config: LayerConfig,
  inputShape: LayerShape,
  parts: Parts & { steps: (weights: Parameters<BuiltLayer["call"]>[1]) => Step[] },
): BuiltLayer {
  const after = activationSteps(config);
  return {
    weights: parts.weights,
    outputShape: activatedShape([null, ...slide(inputShape, parts.window, config), parts.channels], after, config),
    call: (inputs, weights, label) => chain(only(inputs, label), label, [...parts.steps(weights), ...after]),
  };
}

/** Kernel in Keras' order, [KH, KW, C / groups, OC]. */
export const conv2dLayer: LayerClass = {
  className: "Conv2D",
  build(config, inputShapes) {
    const inputShape = only(inputShapes, config.title);
    const [, , , inChannels] = imageShape(inputShape, config.title);
    const window = readWindow(config);
    const channels = config.whole("filters");
    const groups = config.whole("groups", { otherwise: 1 });
    if (inChannels % groups !== 0 || channels % groups !== 0)
      throw new ShapeError(
        `${config.title}: groups = ${groups} divides neither or only one of ${inChannels} input and ${channels} output channels`,
      );
    const kernel = { name: "kernel", shape: [...window.size, inChannels / groups, channels], trainable };
    const weights = [kernel, ...biasOf(config, channels)];
    return convolution(config, inputShape, {
      window,
      channels,
      weights,
      steps: (given) => [
        {
          op: "conv2d",
          run: (x) => conv2d(x, weight(given, "kernel"), given.bias, { ...opOptions(window), groups }),
        },
      ],
    });
  },
};

/** Kernel [KH, KW, C, M]; output channel c * M + m. */
export const depthwiseConv2dLayer: LayerClass = {
  className: "DepthwiseConv2D",
  build(config, inputShapes) {
    const inputShape = only(inputShapes, config.title);
    const [, , , inChannels] = imageShape(inputShape, config.title);
    const window = readWindow(config);
    config.choice("groups", [1], 1);
    const multiplier = config.whole("depth_multiplier", { otherwise: 1 });
    const channels = inChannels * multiplier;
    const kernel = { name: "depthwise_kernel", shape: [...window.size, inChannels, multiplier], trainable };
    const weights = [kernel, ...biasOf(config, channels)];
    return convolution(config, inputShape, {
      window,
      channels,
      weights,
      steps: (given) => [
        {
          op: "depthwise_conv2d",
          run: (x) => depthwiseConv2d(x, weight(given, "depthwise_kernel"), given.bias, opOptions(window)),
        },
      ],
    });
  },
};

/** A depthwise convolution without bias, then a 1x1 one. */
export const separableConv2dLayer: LayerClass = {
  className: "SeparableConv2D",
  build(config, inputShapes) {
    const inputShape = only(inputShapes, config.title);
    const [, , , inChannels] = imageShape(inputShape, config.title);
    const window = readWindow(config);
    config.choice("groups", [1], 1);
    const multiplier = config.whole("depth_multiplier", { otherwise: 1 });
    const channels = config.whole("filters");
    const weights = [
      { name: "depthwise_kernel", shape: [...window.size, inChannels, multiplier], trainable },
      { name: "pointwise_kernel", shape: [1, 1, inChannels * multiplier, channels], trainable },
      ...biasOf(config, channels),
    ];
    return convolution(config, inputShape, {
      window,
      channels,
      weights,
      steps: (given) => [
        {
          op: "depthwise_conv2d",
          run: (x) => depthwiseConv2d(x, weight(given, "depthwise_kernel"), undefined, opOptions(window)),
        },
        { op: "conv2d", run: (x) => conv2d(x, weight(given, "pointwise_kernel"), given.bias, {}) },
      ],
    });
  },
};

function opOptions({ stride, dilation, padding }: Window) {
  return { stride: [...stride] as [number, number], dilation: [...dilation] as [number, number], padding };
}
