import { add } from "../../autograd/ops/arithmetic.ts";
import { conv2dTranspose, transposedExtent } from "../../autograd/ops/conv-transpose.ts";
import { chain, imageShape, type LayerClass, only, type Step, weight } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { isWhole } from "../untrusted.ts";
import { activatedShape, activationSteps } from "./activation.ts";
import { biasOf, readWindow } from "./conv.ts";

/** Kernel in Keras' order, [KH, KW, filters, C]. */
export const conv2dTransposeLayer: LayerClass = {
  className: "Conv2DTranspose",
  build(config, inputShapes) {
    const [, height, width, inChannels] = imageShape(only(inputShapes, config.title), config.title);
    const { size, stride, dilation, padding } = readWindow(config);
    const outputPadding = readOutputPadding(config, stride);
    const odd = (axis: 0 | 1) => ((size[axis] - 1) * dilation[axis]) % 2 === 0;
    if (padding === "same" && ([0, 1] as const).some((axis) => outputPadding?.[axis] === 0 && !odd(axis)))
      config.refuse("output_padding", outputPadding, "at least 1 where an even kernel is padded to the same size");
    config.choice("groups", [1], 1);
    const channels = config.whole("filters");
    const along = (axis: 0 | 1, extent: number | null) =>
      extent &&
      transposedExtent(extent, {
        size: size[axis],
        stride: stride[axis],
        dilation: dilation[axis],
        padding,
        outputPadding: outputPadding?.[axis],
      });
    const options = { stride, dilation, padding, outputPadding };
    const after = activationSteps(config);
    return {
      weights: [
        { name: "kernel", shape: [...size, channels, inChannels], trainable: true },
        ...biasOf(config, channels),
      ],
      outputShape: activatedShape([null, along(0, height), along(1, width), channels], after, config),
      call(inputs, given, label) {
        const { bias } = given;
        const steps: Step[] = [
          {
            op: "conv2d_transpose",
            run: (x) => conv2dTranspose(x, weight(given, "kernel"), undefined, options),
          },
        ];
        if (bias) steps.push({ op: "bias", run: (x) => add(x, bias) });
        return chain(only(inputs, label), label, [...steps, ...after]);
      },
    };
  },
};

/** Rows and columns added behind; undefined where Keras finds them by itself. */
function readOutputPadding(config: LayerConfig, stride: readonly [number, number]): [number, number] | undefined {
  const value = config.raw("output_padding") ?? undefined;
  if (value === undefined) return undefined;
  const [rows, columns, ...more] = Array.isArray(value) ? value : [value, value];
  if (!isWhole(rows, 0) || !isWhole(columns, 0) || more.length > 0 || rows >= stride[0] || columns >= stride[1])
    config.refuse("output_padding", value, "null, a whole number smaller than the stride, or two of them,");
  return [rows, columns];
}
