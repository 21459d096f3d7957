// Every network of keras.applications against Keras, whole but on small pictures.
import { describe, expect, it } from "vitest";
import { application, applications } from "../../src/nn/applications/application.ts";
import { noEngine } from "../nn/support.ts";
import { useEngine } from "../support/engine.ts";
import { goldenApplication, measureApplication, readApplicationGolden } from "./application-check.ts";

const LAYER_TOLERANCE = 1e-4;
const GRADIENT_TOLERANCE = 1e-3;

/** One of each family; the others differ in depth and width. */
const withGradient: ReadonlySet<string> = new Set([
  "vgg19",
  "resnet50",
  "resnet50v2",
  "mobilenet",
  "mobilenetv2",
  "mobilenetv3small",
  "densenet121",
  "inceptionv3",
  "xception",
  "efficientnetb0",
  "nasnetmobile",
  "convnexttiny",
]);

describe("keras.applications", () => {
  const on = useEngine();

  it.each(applications.map(({ name }) => name))("%s is Keras'", async (name) => {
    const golden = await readApplicationGolden(name);
    expect(application(noEngine, name).countParams()).toEqual(golden.parameters);
    using model = goldenApplication(on.engine, golden);
    const errors = await measureApplication(model, golden, { gradient: withGradient.has(name) });
    for (const { name: layer, error } of errors.layers) expect(error, layer).toBeLessThanOrEqual(LAYER_TOLERANCE);
    expect(errors.logits, "logits").toBeLessThanOrEqual(LAYER_TOLERANCE);
    expect(errors.target, "class of the largest logit").toBe(golden.target);
    expect(errors.gradient ?? 0, "gradient at the input").toBeLessThanOrEqual(GRADIENT_TOLERANCE);
  });
});
