import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { Model } from "../../src/nn/model.ts";
import { useEngine } from "../support/engine.ts";
import { sequential } from "./support.ts";

const gpu = useEngine();

/** The same network, written for either order of axes. */
function network(order: "channels_first" | "channels_last") {
  const isFirst = order === "channels_first";
  const axis = isFirst ? 1 : 3;
  const format = { data_format: order };
  const node = (class_name: string, name: string, config: object, inputs: readonly string[]) => ({
    class_name,
    name,
    config: { name, ...config },
    inbound_nodes: [inputs.map((input) => [input, 0, 0, {}])],
  });
  const kernel = (filters: number) => ({ filters, kernel_size: [3, 3], padding: "same", use_bias: true, ...format });
  const shape = isFirst ? [null, 3, 8, 7] : [null, 8, 7, 3];
  const input = { class_name: "InputLayer", name: "image", config: { name: "image", batch_input_shape: shape } };
  const layers = [
    { ...input, inbound_nodes: [] },
    node("Conv2D", "conv", { ...kernel(4), activation: "relu" }, ["image"]),
    node("BatchNormalization", "norm", { axis }, ["conv"]),
    node("SeparableConv2D", "separable", kernel(4), ["norm"]),
    node("PReLU", "slopes", { shared_axes: isFirst ? [2, 3] : [1, 2] }, ["separable"]),
    node("Softmax", "soft", { axis }, ["slopes"]),
    node("Concatenate", "both", { axis }, ["soft", "conv"]),
    node("MaxPooling2D", "pool", { pool_size: [2, 2], padding: "same", ...format }, ["both"]),
    node("GlobalAveragePooling2D", "mean", format, ["pool"]),
    node("Dense", "scores", { units: 5 }, ["mean"]),
  ];
  const ends = { input_layers: [["image", 0, 0]], output_layers: [["scores", 0, 0]] };
  return { class_name: "Functional", config: { name: order, layers, ...ends } };
}

function build(order: "channels_first" | "channels_last"): Model {
  const model = Model.fromConfig(gpu.engine, network(order));
  for (const [i, { layer, name, shape }] of model.weightSlots().entries()) {
    const size = shape.reduce((all, extent) => all * extent, 1);
    const values = Float32Array.from({ length: size }, (_, k) => (((k * 31 + i * 17) % 29) - 14) / 20);
    model.setWeight(layer, name, name === "moving_variance" ? values.map((v) => v * v + 0.5) : values);
  }
  return model;
}

describe("a model written for channels first", () => {
  test("does the very work of the one written for channels last: outputs and gradients, bit for bit", async () => {
    const results: Record<string, number[][]> = {};
    for (const order of ["channels_first", "channels_last"] as const) {
      using model = build(order);
      using tape = new Tape(gpu.engine);
      expect(model.inputShape).toEqual([null, 8, 7, 3]);
      const values = Float32Array.from({ length: 168 }, (_, i) => ((i * 37) % 23) / 11 - 1);
      const x = gpu.engine.tensor(values, [1, 8, 7, 3]);
      const y = model.forward(x, { tape });
      const seed = gpu.engine.tensor([0, 1, 0, 0, 0], [1, 5]);
      const [dx] = tape.backward(y, { seed, wrt: [x] });
      if (!dx) throw new Error("no gradient");
      results[order] = [[...(await y.read())], [...(await dx.read())]];
      const moved = tape.nodes.filter(({ label }) => label.includes("/to_channels"));
      expect(moved).toEqual([]);
      for (const tensor of [x, seed, dx]) tensor.dispose();
    }
    expect(results.channels_first?.[1]?.some((value) => value !== 0)).toBe(true);
    expect(results.channels_first).toEqual(results.channels_last);
  });

  test("says of each layer in which order Keras has its output", () => {
    using model = build("channels_first");
    expect(model.layers.filter((layer) => !layer.channelsFirst).map((layer) => layer.name)).toEqual(["mean", "scores"]);
    expect(model.layer("pool").outputShape).toEqual([null, 4, 4, 8]);
    expect(model.layer("slopes").weights).toEqual([{ name: "alpha", shape: [4, 1, 1], trainable: true }]);
    using last = build("channels_last");
    expect(last.layers.some((layer) => layer.channelsFirst)).toBe(false);
  });
});

/** What a Sequential makes of 0.1, 0.2, ... in [1, h, w, c], or in the shape given; weights are 0.01, 0.02, ... */
async function outputOf(keras: readonly number[], layers: Parameters<typeof sequential>[1], stored = keras) {
  using model = Model.fromConfig(gpu.engine, sequential(keras, layers));
  const counted = (size: number, step: number) => Float32Array.from({ length: size }, (_, i) => (i + 1) * step);
  const sizeOf = (shape: readonly number[]) => shape.reduce((all, extent) => all * extent, 1);
  for (const { layer, name, shape } of model.weightSlots()) model.setWeight(layer, name, counted(sizeOf(shape), 0.01));
  using x = gpu.engine.tensor(counted(sizeOf(stored), 0.1), [1, ...stored]);
  using y = model.forward(x);
  return { shape: y.shape, values: [...(await y.read())] };
}

describe("what works along Keras' last axis, where channels come first", () => {
  const format = { data_format: "channels_first" };
  const conv = { name: "c", filters: 2, kernel_size: 1, ...format };

  test.each([
    ["a function", { class_name: "function", config: "softmax" }],
    ["an Activation layer", { class_name: "Activation", config: { name: "a", activation: "softmax" } }],
    ["a Softmax layer", { class_name: "Softmax", config: { name: "a", axis: -1 } }],
  ])("a softmax written as %s is the softmax of that name", async (_, activation) => {
    const named = await outputOf([3, 2, 4], [["Conv2D", { ...conv, activation: "softmax" }]], [2, 4, 3]);
    const written = await outputOf([3, 2, 4], [["Conv2D", { ...conv, activation }]], [2, 4, 3]);
    expect(written).toEqual(named);
  });

  test("a row's softmax runs along its length", async () => {
    const { shape, values } = await outputOf([3, 4], [["Conv1D", { ...conv, activation: "softmax" }]]);
    expect(shape).toEqual([1, 2, 4]);
    const sums = [0, 4].map((from) => values.slice(from, from + 4).reduce((sum, value) => sum + value, 0));
    for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    const { values: linear } = await outputOf([3, 4], [["Conv1D", conv]]);
    const exponentials = linear.slice(0, 4).map(Math.exp);
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    for (const [i, value] of exponentials.entries()) expect(values[i]).toBeCloseTo(value / total, 5);
  });

  test("an array of factors is what a list of them is", async () => {
    const scale = [1, 10, 100];
    const array = { class_name: "__numpy__", config: { value: scale, dtype: "float32" } };
    const model = (factors: unknown): Parameters<typeof sequential>[1] => [
      ["Rescaling", { name: "r", scale: factors }],
      ["MaxPooling2D", { name: "p", pool_size: 1, ...format }],
    ];
    const listed = await outputOf([3, 2, 3], model(scale), [2, 3, 3]);
    expect(await outputOf([3, 2, 3], model(array), [2, 3, 3])).toEqual(listed);
    // the second pixel of a row is multiplied by 10, whatever its channel
    for (const [i, wanted] of [0.1, 0.2, 0.3, 4, 5, 6, 70, 80, 90].entries())
      expect(listed.values[i]).toBeCloseTo(wanted, 4);
  });
});
