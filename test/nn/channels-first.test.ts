import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { Model } from "../../src/nn/model.ts";
import { useEngine } from "../support/engine.ts";

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
