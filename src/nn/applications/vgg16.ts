import type { Engine } from "../../tensor/engine.ts";
import { Model } from "../model.ts";
import type { JsonObject } from "../untrusted.ts";
import { type ApplicationOptions, ConfigBuilder, inputSize } from "./builder.ts";

const blocks: readonly (readonly [convolutions: number, filters: number])[] = [
  [2, 64],
  [2, 128],
  [3, 256],
  [3, 512],
  [3, 512],
];

/** VGG16 as Keras names it, as a config for `Model.fromConfig`.
 * @see Simonyan and Zisserman 2014, configuration D */
export function vgg16Config(options: ApplicationOptions = {}): JsonObject {
  const { includeTop = true, classes = 1000 } = options;
  const config = new ConfigBuilder("vgg16");
  let x = config.input("input_1", inputSize(options));
  for (const [index, [convolutions, filters]] of blocks.entries()) {
    const block = `block${index + 1}`;
    for (let i = 1; i <= convolutions; i++) {
      const window = { filters, kernel_size: [3, 3], padding: "same", activation: "relu" };
      x = config.add("Conv2D", `${block}_conv${i}`, window, x);
    }
    x = config.add("MaxPooling2D", `${block}_pool`, { pool_size: [2, 2], strides: [2, 2] }, x);
  }
  if (!includeTop) return config.finish(x);
  x = config.add("Flatten", "flatten", {}, x);
  x = config.add("Dense", "fc1", { units: 4096, activation: "relu" }, x);
  x = config.add("Dense", "fc2", { units: 4096, activation: "relu" }, x);
  return config.finish(config.add("Dense", "predictions", { units: classes, activation: "softmax" }, x));
}

/** VGG16 without weights, which `loadWeights` brings. x is [n, 224, 224, 3], BGR minus the ImageNet mean (Keras' mode
 * "caffe"). */
export function vgg16(engine: Engine, options: ApplicationOptions = {}): Model {
  const model = Model.fromConfig(engine, vgg16Config(options));
  model.preprocessing = "caffe";
  return model;
}
