import type { Engine } from "../../tensor/engine.ts";
import { Model } from "../model.ts";
import type { JsonObject } from "../untrusted.ts";
import { ConfigBuilder } from "./builder.ts";

/** "dense": three convolutions, each with a max pool after it, and a hidden dense layer. "gap": the same convolutions
 * without the last pool, averaged over all positions, so that CAM is defined, with maps of 7 x 7. */
export type MnistNet = "dense" | "gap";

/** The networks for handwritten digits. */
export const mnistNets: readonly MnistNet[] = ["dense", "gap"];

/** What the ten outputs stand for. */
export const digitNames: readonly string[] = Array.from({ length: 10 }, (_, digit) => String(digit));

const filters = [32, 64, 64] as const;

/** A network for MNIST as a config for `Model.fromConfig`: 130,890 parameters ("dense") or 56,394 ("gap"). */
export function mnistConfig(net: MnistNet): JsonObject {
  const config = new ConfigBuilder(net === "gap" ? "mnist-gap" : "mnist");
  let x = config.input("input", [28, 28, 1]);
  for (const [i, count] of filters.entries()) {
    const window = { filters: count, kernel_size: [3, 3], padding: "same", activation: "relu" };
    // Keras' default shrinks what a ReLU passes on, and the mean over all positions shrinks it again: that learns slowly
    const first = net === "gap" ? { kernel_initializer: "he_uniform" } : {};
    x = config.add("Conv2D", `conv${i + 1}`, { ...window, ...first }, x);
    const pools = net === "dense" || i < filters.length - 1;
    if (pools) x = config.add("MaxPooling2D", `pool${i + 1}`, { pool_size: [2, 2], strides: [2, 2] }, x);
  }
  if (net === "gap") x = config.add("GlobalAveragePooling2D", "gap", {}, x);
  else {
    x = config.add("Flatten", "flatten", {}, x);
    x = config.add("Dense", "dense", { units: 128, activation: "relu" }, x);
  }
  return config.finish(config.add("Dense", "predictions", { units: 10, activation: "softmax" }, x));
}

/** A network for MNIST without weights, which `initialize` or `loadWeights` bring. x is [n, 28, 28, 1]: light strokes on
 * dark ground, 0..1. */
export function mnist(engine: Engine, net: MnistNet): Model {
  const model = Model.fromConfig(engine, mnistConfig(net));
  // pictures of digits are large and dark on light, unlike the data set's
  model.preprocessing = { divisor: 255, method: "bilinear", background: "dark" };
  model.classNames = digitNames;
  return model;
}
