import { ShapeError } from "../../errors.ts";
import { type LayerClass, type LayerShape, only, type Step, showLayerShape } from "../layer.ts";
import { LayerConfig } from "../layer-config.ts";
import { asObject, type JsonObject, property, textOf } from "../untrusted.ts";
import { activationClassStep, elementwise } from "./activation-classes.ts";
import { activationFunction, activationNames } from "./activation-functions.ts";
import { identityStep } from "./identity.ts";

/** The activation that a layer applies to its result: no step for linear. */
export function activationSteps(config: LayerConfig): readonly Step[] {
  const value = config.raw("activation") ?? "linear";
  const name = typeof value === "object" ? functionName(value as JsonObject) : value;
  if (name === "linear") return [];
  if (name === undefined) return [classStep(config, asObject(value, `${config.path}.activation`))];
  const run = typeof name === "string" ? activationFunction(name, config.kerasMajor) : undefined;
  if (run) return [{ op: String(name), run }];
  // a class's name alone stands for that class with its defaults
  return [classStep(config, { class_name: name, config: {} })];
}

/** What an activation makes of a shape: all keep it but glu, which halves the last axis. Keras declares that axis to be as
 * long as before, so that nothing with weights can follow there; the declared length is the true one here.
 * @throws ShapeError for an odd axis under glu */
export function activatedShape(shape: LayerShape, steps: readonly Step[], config: LayerConfig): LayerShape {
  if (!steps.some(({ op }) => op === "glu")) return shape;
  const channels = shape.at(-1) ?? null;
  if (channels !== null && channels % 2 !== 0)
    throw new ShapeError(
      `${config.title}: activation glu halves the last axis of ${showLayerShape(shape)}, which is odd`,
    );
  return [...shape.slice(0, -1), channels && channels / 2];
}

/** A function is written as its name, or as `{ class_name: "function", config: name }`; a layer in a function's place, and
 * a function in a layer's, as `{ class_name, config: { ... } }`.
 * @returns undefined for a layer with options */
function functionName(value: JsonObject): unknown {
  const className = property(value, "class_name");
  const inner = property(value, "config");
  if (className === "function") return inner ?? null;
  const options = typeof inner === "object" && inner !== null ? inner : {};
  return className === "Activation" ? property({ ...options }, "activation") : undefined;
}

/** @throws UnsupportedLayerError if it is no activation layer, or one with weights */
function classStep(config: LayerConfig, value: JsonObject): Step {
  const className = property(value, "class_name");
  const path = `${config.path}.activation.config`;
  const { layer, kerasMajor } = config;
  const inner = property(value, "config") ?? {};
  const options = new LayerConfig(asObject(inner, path), { layer, className: textOf(className), path, kerasMajor });
  const custom = textOf(property(value, "registered_name")).includes(">");
  const step = typeof className === "string" && !custom ? activationClassStep(className, options) : undefined;
  if (!step) config.unsupported("activation", config.raw("activation"), supported);
  options.finish();
  return step;
}

const supported = `${activationNames.map((name) => `"${name}"`).join(", ")}, and ReLU, LeakyReLU, ELU and Softmax layers`;

export const activationLayer: LayerClass = {
  className: "Activation",
  build(config, inputShapes) {
    const inputShape = only(inputShapes, config.title);
    const steps = activationSteps(config);
    return elementwise(activatedShape(inputShape, steps, config), steps.length > 0 ? steps : [identityStep]);
  },
};
