import type { Engine } from "../../tensor/engine.ts";
import { Model } from "../model.ts";
import type { JsonObject } from "../untrusted.ts";
import { type ApplicationOptions, ConfigBuilder, inputSize } from "./builder.ts";
import {
  type BlockNames,
  newResnetNames,
  oldResnetNames,
  type ResNetNames,
  resnet50Aliases,
  resnet50Stages,
} from "./resnet-names.ts";

/** Which ResNet50 is made. */
export interface ResNet50Options extends ApplicationOptions {
  /** `new` (default): keras-applications 1.0.8 and later, and tf.keras. `old`: 1.0.6 and 1.0.7, with their layer names,
   * their order and their batch-norm epsilon. Layers answer to both names in either case. */
  generation?: "new" | "old";
}

interface Generation {
  readonly config: ConfigBuilder;
  readonly names: ResNetNames;
  readonly old: boolean;
}

/** ResNet50 as Keras names it, as a config for `Model.fromConfig`.
 * @see He et al. 2015, the 50-layer network, with the stride on the first 1x1 convolution of a stage */
export function resnet50Config(options: ResNet50Options = {}): JsonObject {
  const { includeTop = true, classes = 1000, generation = "new" } = options;
  const old = generation === "old";
  const config = new ConfigBuilder("resnet50");
  const names = old ? oldResnetNames : newResnetNames;
  const network = { config, names, old };
  let x = stem(network, config.input("input_1", inputSize(options)));
  for (const [stage, blocks] of resnet50Stages)
    for (let block = 1; block <= blocks; block++) x = residual(network, { stage, block }, x);
  if (!includeTop) return config.finish(x);
  x = config.add("GlobalAveragePooling2D", "avg_pool", {}, x);
  return config.finish(config.add("Dense", names.head, { units: classes, activation: "softmax" }, x));
}

/** ResNet50 without weights, which `loadWeights` brings. x is [n, 224, 224, 3], BGR minus the ImageNet mean (Keras' mode
 * "caffe"). */
export function resnet50(engine: Engine, options: ResNet50Options = {}): Model {
  const model = Model.fromConfig(engine, resnet50Config(options));
  model.preprocessing = "caffe";
  aliasResnet50(model);
  return model;
}

/** Lets the layers of a ResNet50, whoever built it, go by the names of both generations; leaves other models alone. */
export function aliasResnet50(model: Pick<Model, "layers" | "aliases">): void {
  const names = new Set(model.layers.map((layer) => layer.name));
  const last = [oldResnetNames, newResnetNames].map((generation) => generation.block(5, 3).conv[3]);
  const generation = last.findIndex((name) => names.has(name));
  if (generation === -1) return;
  for (const [alias, name] of resnet50Aliases(generation === 0 ? "old" : "new"))
    if (names.has(name) && !names.has(alias)) model.aliases.set(alias, name);
}

function stem({ config, names: { stem: names }, old }: Generation, input: string): string {
  let x = config.add("ZeroPadding2D", "conv1_pad", { padding: [3, 3] }, input);
  x = config.add("Conv2D", names.conv, { filters: 64, kernel_size: [7, 7], strides: [2, 2] }, x);
  x = batchNorm({ config, old }, names.bn, x);
  x = config.add("Activation", names.relu, { activation: "relu" }, x);
  x = config.add("ZeroPadding2D", "pool1_pad", { padding: [1, 1] }, x);
  return config.add("MaxPooling2D", names.pool, { pool_size: [3, 3], strides: [2, 2] }, x);
}

/** 1x1, 3x3 and 1x1 convolutions beside a shortcut, which has a convolution in the first block of a stage. */
function residual(network: Generation, { stage, block }: { stage: number; block: number }, input: string): string {
  const { config, old } = network;
  const names = network.names.block(stage, block);
  const filters = 64 * 2 ** (stage - 2);
  const stride = block === 1 && stage > 2 ? 2 : 1;
  let x = input;
  for (const i of [1, 2] as const) {
    const window =
      i === 1 ? { kernel_size: [1, 1], strides: [stride, stride] } : { kernel_size: [3, 3], padding: "same" };
    x = config.add("Conv2D", names.conv[i], { filters, ...window }, x);
    x = batchNorm(network, names.bn[i], x);
    x = config.add("Activation", names.relu[i - 1] ?? "", { activation: "relu" }, x);
  }
  const branches = block === 1 ? wideEnds(network, { names, filters: 4 * filters, stride }, [input, x]) : undefined;
  const [shortcut, main] = branches ?? [input, lastConv(network, { names, filters: 4 * filters }, x)];
  x = config.add("Add", names.add, {}, ...(old ? [main, shortcut] : [shortcut, main]));
  return config.add("Activation", names.out, { activation: "relu" }, x);
}

function lastConv(network: Generation, { names, filters }: { names: BlockNames; filters: number }, x: string): string {
  const conv = network.config.add("Conv2D", names.conv[3], { filters, kernel_size: [1, 1] }, x);
  return batchNorm(network, names.bn[3], conv);
}

/** Both convolutions before both normalisations, as Keras orders layers of one depth; the generations differ in which
 * branch comes first. */
function wideEnds(
  network: Generation,
  { names, filters, stride }: { names: BlockNames; filters: number; stride: number },
  [input, x]: readonly [string, string],
): [shortcut: string, main: string] {
  const { config, old } = network;
  const order = old ? ([3, 0] as const) : ([0, 3] as const);
  const window = { filters, kernel_size: [1, 1] };
  for (const i of order) {
    if (i === 0) config.add("Conv2D", names.conv[0], { ...window, strides: [stride, stride] }, input);
    else config.add("Conv2D", names.conv[3], window, x);
  }
  for (const i of order) batchNorm(network, names.bn[i], names.conv[i]);
  return [names.bn[0], names.bn[3]];
}

function batchNorm({ config, old }: Pick<Generation, "config" | "old">, name: string, x: string): string {
  return config.add("BatchNormalization", name, { axis: 3, epsilon: old ? 1e-3 : 1.001e-5 }, x);
}
