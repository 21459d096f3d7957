import { relu, sigmoid, softmax } from "../../autograd/ops/activations.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { chain, type LayerClass, only, type Step } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";
import { identityStep } from "./identity.ts";

const activations: ReadonlyMap<string, (x: Tensor) => Tensor> = new Map([
  ["relu", (x: Tensor) => relu(x)],
  ["relu6", (x: Tensor) => relu(x, { max: 6 })],
  ["sigmoid", sigmoid],
  ["softmax", softmax],
]);
const supported = ["linear", ...activations.keys()].map((name) => `"${name}"`).join(", ");

/** The activation that a layer applies to its result: no step for linear. */
export function activationSteps(config: LayerConfig): readonly Step[] {
  const value = config.raw("activation");
  const name = activationName(value);
  if (name === "linear") return [];
  const run = typeof name === "string" ? activations.get(name) : undefined;
  if (typeof name !== "string" || !run) config.unsupported("activation", value, supported);
  return [{ op: name, run }];
}

/** Keras 3 may write a function as `{ class_name: "function", config: "relu" }`. */
function activationName(value: unknown): unknown {
  if (value === null || value === undefined) return "linear";
  if (typeof value !== "object" || !("class_name" in value) || value.class_name !== "function") return value;
  return "config" in value ? value.config : value;
}

export const activationLayer: LayerClass = {
  className: "Activation",
  build(config, inputShapes) {
    const outputShape = only(inputShapes, config.title);
    const steps = activationSteps(config);
    return elementwise(outputShape, steps.length > 0 ? steps : [identityStep]);
  },
};

export const reluLayer: LayerClass = {
  className: "ReLU",
  build(config, inputShapes) {
    config.choice("negative_slope", [0], 0);
    config.choice("threshold", [0], 0);
    const max = typeof config.raw("max_value") === "number" ? config.number("max_value", 0) : undefined;
    if ((config.raw("max_value") ?? max) !== max || (max !== undefined && max <= 0))
      config.refuse("max_value", config.raw("max_value"), "a number over 0, or null,");
    const run = (x: Tensor) => (max === undefined ? relu(x) : relu(x, { max }));
    return elementwise(only(inputShapes, config.title), [{ op: "relu", run }]);
  },
};

export const softmaxLayer: LayerClass = {
  className: "Softmax",
  build(config, inputShapes) {
    const shape = only(inputShapes, config.title);
    const axis = config.axis("axis", shape.length);
    if (axis !== shape.length - 1) config.unsupported("axis", axis, `-1, the last axis (${shape.length - 1} here)`);
    return elementwise(shape, [{ op: "softmax", run: softmax }]);
  },
};

function elementwise(outputShape: ReturnType<LayerClass["build"]>["outputShape"], steps: readonly Step[]) {
  return {
    weights: [],
    outputShape,
    call: (inputs: readonly Tensor[], _weights: unknown, label: string) => chain(only(inputs, label), label, steps),
  };
}
