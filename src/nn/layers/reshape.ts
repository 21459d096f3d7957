import { flatten, reshape, zeroPad2d } from "../../autograd/ops/layout.ts";
import { resize2d } from "../../autograd/ops/resize.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, imageShape, type LayerClass, type LayerShape, only, type Step, showLayerShape } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { elements } from "../shapes.ts";
import { asList, isWhole } from "../untrusted.ts";

/** Row-major: height, width, channels. */
export const flattenLayer: LayerClass = {
  className: "Flatten",
  build(config, inputShapes) {
    config.channelsLast();
    const shape = only(inputShapes, config.title);
    return {
      weights: [],
      outputShape: [null, elements(shape.slice(1))],
      call: (inputs, _weights, label) => chain(only(inputs, label), label, [{ op: "reshape", run: flatten }]),
    };
  },
};

export const reshapeLayer: LayerClass = {
  className: "Reshape",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const target = readTarget(config);
    return {
      weights: [],
      outputShape: [null, ...resolve(target, shape, config)],
      call(inputs, _weights, label) {
        const step: Step = { op: "reshape", run: (x) => reshape(x, [x.shape[0] ?? 1, ...target]) };
        return chain(only(inputs, label), label, [step]);
      },
    };
  },
};

function readTarget(config: LayerConfig): number[] {
  const value = config.raw("target_shape");
  const extents = asList(value, `${config.path}.target_shape`);
  const target = extents.filter((extent): extent is number => extent === -1 || isWhole(extent, 1));
  const open = target.filter((extent) => extent === -1).length;
  if (target.length !== extents.length || target.length > 7 || open > 1)
    config.refuse("target_shape", value, "a list of at most 7 whole numbers, one of them -1 at most,");
  return target;
}

function resolve(target: readonly number[], shape: LayerShape, config: LayerConfig): (number | null)[] {
  const have = elements(shape.slice(1));
  const given = target.filter((extent) => extent !== -1).reduce((all, one) => all * one, 1);
  const whole = target.includes(-1) ? have !== null && have % given === 0 : have === given;
  if (have !== null && !whole)
    throw new ShapeError(`${config.title}: ${showLayerShape(shape)} cannot become [null, ${target.join(", ")}]`);
  return target.map((extent) => (extent === -1 ? have && have / given : extent));
}

type Sides = [[top: number, bottom: number], [left: number, right: number]];

export const zeroPadding2dLayer: LayerClass = {
  className: "ZeroPadding2D",
  build(config, inputShapes) {
    config.channelsLast();
    const [, height, width, channels] = imageShape(only(inputShapes, config.title), config.title);
    const sides = readSides(config);
    const [[top, bottom], [left, right]] = sides;
    return {
      weights: [],
      outputShape: [null, height && height + top + bottom, width && width + left + right, channels],
      call: (inputs, _weights, label) =>
        chain(only(inputs, label), label, [{ op: "zero_pad", run: (x) => zeroPad2d(x, sides) }]),
    };
  },
};

/** Keras takes 1, [1, 2] or [[1, 1], [2, 2]]. */
export function readSides(config: LayerConfig, key: "padding" | "cropping" = "padding", otherwise = 1): Sides {
  const value = config.raw(key) ?? otherwise;
  const pair = (both: unknown): readonly unknown[] => (Array.isArray(both) ? both : [both, both]);
  const refuse = () => config.refuse(key, value, "n, [rows, columns] or [[top, bottom], [left, right]]");
  const read = (side: unknown): [number, number] => {
    const [before, after, ...rest] = pair(side);
    return isWhole(before, 0) && isWhole(after, 0) && rest.length === 0 ? [before, after] : refuse();
  };
  const [vertical, horizontal, ...more] = pair(value);
  return more.length === 0 ? [read(vertical), read(horizontal)] : refuse();
}

/** Keras' names of interpolations, and how they are computed. */
export const resizeMethods = { nearest: "nearest", bilinear: "half-pixel" } as const;

export const upSampling2dLayer: LayerClass = {
  className: "UpSampling2D",
  build(config, inputShapes) {
    config.channelsLast();
    const [, height, width, channels] = imageShape(only(inputShapes, config.title), config.title);
    const [down, across] = config.pair("size", 2);
    const method = resizeMethods[config.choice("interpolation", ["nearest", "bilinear"], "nearest")];
    return {
      weights: [],
      outputShape: [null, height && height * down, width && width * across, channels],
      call(inputs, _weights, label) {
        const run = (x: Tensor) =>
          resize2d(x, { height: (x.shape[1] ?? 0) * down, width: (x.shape[2] ?? 0) * across, method });
        return chain(only(inputs, label), label, [{ op: "resize", run }]);
      },
    };
  },
};
