import { dense } from "../../autograd/ops/dense.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, type LayerClass, only, type Step, showLayerShape, type WeightSpec, weight } from "../layer.ts";
import { activatedShape, activationSteps } from "./activation.ts";

/** Kernel [K, units], on the last axis of an input of any rank. */
export const denseLayer: LayerClass = {
  className: "Dense",
  build(config, inputShapes) {
    const inputShape = only(inputShapes, config.title);
    const features = inputShape.at(-1);
    if (features === null || features === undefined || inputShape.length < 2)
      throw new ShapeError(
        `${config.title}: its input is ${showLayerShape(inputShape)}; the last extent must be known. ` +
          "Give the model's input layer a fixed height and width.",
      );
    const units = config.whole("units");
    const weights: WeightSpec[] = [{ name: "kernel", shape: [features, units], trainable: true }];
    if (config.flag("use_bias", true)) weights.push({ name: "bias", shape: [units], trainable: true });
    const after = activationSteps(config);
    return {
      weights,
      outputShape: activatedShape([...inputShape.slice(0, -1), units], after, config),
      call(inputs, given, label) {
        const x = only(inputs, label);
        const product: Step = { op: "dense", run: (rows) => dense(rows, weight(given, "kernel"), given.bias) };
        const steps = x.shape.length === 2 ? [product] : onRows(x, product, units);
        return chain(x, label, [...steps, ...after]);
      },
    };
  },
};

/** The product takes a matrix: every axis but the last becomes its rows. */
function onRows(x: Tensor, product: Step, units: number): Step[] {
  const features = x.shape.at(-1) ?? 1;
  return [
    { op: "reshape", run: (input) => reshape(input, [-1, features]) },
    product,
    { op: "reshape", run: (rows) => reshape(rows, [...x.shape.slice(0, -1), units]) },
  ];
}
