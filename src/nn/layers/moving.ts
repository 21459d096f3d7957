import { reshape } from "../../autograd/ops/layout.ts";
import { crop2d, permute } from "../../autograd/ops/permute.ts";
import { resize2d } from "../../autograd/ops/resize.ts";
import { ShapeError } from "../../errors.ts";
import { chain, imageShape, type LayerClass, only, type Step, showLayerShape } from "../layer.ts";
import { asList, isWhole } from "../untrusted.ts";
import { readSides } from "./reshape.ts";

/** Axes in another order; `dims` counts from 1 behind the batch. */
export const permuteLayer: LayerClass = {
  className: "Permute",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const value = config.raw("dims");
    const dims = asList(value, `${config.path}.dims`);
    const order = [0, ...dims.filter((axis): axis is number => isWhole(axis, 1) && axis < shape.length)];
    if (order.length !== shape.length || dims.length !== order.length - 1 || new Set(order).size !== order.length)
      config.refuse("dims", value, `each of 1 to ${shape.length - 1} once, the axes of ${showLayerShape(shape)},`);
    return {
      weights: [],
      outputShape: order.map((axis) => shape[axis] ?? null),
      call: (inputs, _weights, label) =>
        chain(only(inputs, label), label, [{ op: "permute", run: (x) => permute(x, order) }]),
    };
  },
};

/** Pixels cut off the sides. */
export const cropping2dLayer: LayerClass = {
  className: "Cropping2D",
  build(config, inputShapes) {
    config.channelsLast();
    const [, height, width, channels] = imageShape(only(inputShapes, config.title), config.title);
    const sides = readSides(config, "cropping", 0);
    const left = (extent: number | null, [before, after]: readonly [number, number]) => {
      if (extent !== null && extent <= before + after)
        throw new ShapeError(`${config.title}: it cuts ${before} and ${after} pixels off ${extent}; nothing is left`);
      return extent && extent - before - after;
    };
    return {
      weights: [],
      outputShape: [null, left(height, sides[0]), left(width, sides[1]), channels],
      call: (inputs, _weights, label) =>
        chain(only(inputs, label), label, [{ op: "crop", run: (x) => crop2d(x, sides) }]),
    };
  },
};

/** [n, c] -> [n, times, c] */
export const repeatVectorLayer: LayerClass = {
  className: "RepeatVector",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const [, features = null] = shape;
    const times = config.whole("n");
    if (shape.length !== 2)
      throw new ShapeError(`${config.title}: its input is ${showLayerShape(shape)}; [null, features] is wanted`);
    const steps: Step[] = [
      { op: "reshape", run: (x) => reshape(x, [x.shape[0] ?? 1, 1, 1, x.shape[1] ?? 1]) },
      { op: "resize", run: (x) => resize2d(x, { height: times, width: 1, method: "nearest" }) },
      { op: "reshape", run: (x) => reshape(x, [x.shape[0] ?? 1, times, x.shape[3] ?? 1]) },
    ];
    return {
      weights: [],
      outputShape: [null, times, features],
      call: (inputs, _weights, label) => chain(only(inputs, label), label, steps),
    };
  },
};
