import { describe, expect, it } from "vitest";
import { ShapeError, UnsupportedLayerError } from "../../src/errors.ts";
import { parseModelConfig } from "../../src/nn/config.ts";
import { Model } from "../../src/nn/model.ts";
import { dense, failure, functional, inputOf, layerOf, noEngine, sequential } from "./support.ts";

const model = (json: unknown) => Model.fromConfig(noEngine, json);

describe("configs that Keras writes", () => {
  it("reads text as well as objects", () => {
    const json = functional([inputOf([3]), dense("out", "image")]);
    expect(model(JSON.stringify(json)).weightSlots()).toEqual(model(json).weightSlots());
  });

  it("reads a Sequential whose first layer tells the input's shape", () => {
    const first = { class_name: "Dense", config: { name: "d", units: 4, batch_input_shape: [null, 3] } };
    const read = model({ class_name: "Sequential", config: [first, { class_name: "Dropout", config: { name: "x" } }] });
    expect(read.inputShape).toEqual([null, 3]);
    expect(read.layers.map((layer) => layer.name)).toEqual(["d_input", "d", "x"]);
  });

  it("computes layers in an order that their inputs allow, and lists them in the file's", () => {
    const read = parseModelConfig(functional([dense("b", "a"), dense("a", "image"), inputOf([3])], ["b"]));
    expect(read.layers.map((layer) => layer.name)).toEqual(["b", "a", "image"]);
    expect(model(functional([dense("b", "a"), dense("a", "image"), inputOf([3])], ["b"])).outputShape).toEqual([
      null,
      2,
    ]);
  });

  it("leaves open extents open", () => {
    const conv = layerOf("Conv2D", { name: "c", filters: 2, kernel_size: 3, padding: "valid" }, ["image"]);
    const read = model(functional([inputOf([null, 9, 3]), conv]));
    expect(read.outputShape).toEqual([null, null, 7, 2]);
  });

  it("counts a frozen layer's weights as not trainable", () => {
    const frozen = layerOf("Dense", { name: "d", units: 2, trainable: false }, ["image"]);
    expect(model(functional([inputOf([3]), frozen])).countParams()).toEqual({
      total: 8,
      trainable: 0,
      nonTrainable: 8,
    });
  });

  it("puts a nested model's layers in its place", () => {
    const inner = functional([inputOf([3]), dense("a", "image", 5)], ["a"], "backbone");
    const nested = { ...inner, name: "backbone", inbound_nodes: [[["image", 0, 0, {}]]] };
    const read = model(functional([inputOf([3]), nested, dense("b", "backbone")]));
    expect(read.layers.map((layer) => layer.name)).toEqual(["image", "backbone/a", "b"]);
    expect(read.layer("a").name).toBe("backbone/a");
    expect(read.layer("b").inputs).toEqual(["backbone/a"]);
  });

  it("takes no layer's name for one inside a nested model", () => {
    const inner = functional([inputOf([3]), dense("a", "image", 5)], ["a"], "backbone");
    const nested = { ...inner, name: "backbone", inbound_nodes: [[["image", 0, 0, {}]]] };
    const read = model(functional([inputOf([3]), nested, dense("a", "backbone")]));
    expect(read.layer("a").name).toBe("a");
    expect([...read.aliases.keys()]).not.toContain("a");
  });

  it("names the layer that is called with more than tensors", () => {
    const attention = layerOf("MultiHeadAttention", { name: "mha" });
    const call = [[["image", 0, 0, { value: ["image", 0, 0] }]]];
    const error = failure(functional([inputOf([4, 3]), { ...attention, inbound_nodes: call }]));
    expect(error).toBeInstanceOf(UnsupportedLayerError);
    expect(error.message).toContain('(MultiHeadAttention "mha").inbound_nodes[0][0][3] calls a layer with value');
  });
});

describe("what is not supported", () => {
  const conv = { name: "c", filters: 2, kernel_size: [3, 3] };

  it.each([
    ["LSTM", { name: "l", units: 2 }, 'layer "l" is of class LSTM, which is not supported'],
    ["Lambda", { name: "l" }, 'layer "l" is of class Lambda'],
    ["Conv2d", conv, "Did you mean Conv2D?"],
    ["Conv2D", { ...conv, data_format: "channels_middle" }, 'data_format = "channels_middle" is not supported'],
    ["Conv2D", { ...conv, padding: "causal" }, 'Conv2D "c": option padding = "causal"'],
    [
      "Conv2D",
      { ...conv, activation: "maxout" },
      'option activation = "maxout" is not supported; supported: "linear", "relu"',
    ],
    ["Conv2D", { ...conv, frobnicate: 3 }, "option frobnicate = 3 is not known"],
    ["Conv2D", { ...conv, dtype: "int8" }, 'option dtype = "int8"'],
    ["Softmax", { name: "s", axis: [1, 3] }, 'Softmax "s": option axis = [1,3]'],
    ["LayerNormalization", { name: "l", rms_scaling: true }, 'LayerNormalization "l": option rms_scaling = true'],
    ["Resizing", { name: "r", height: 2, width: 2, antialias: true }, 'Resizing "r": option antialias = true'],
    ["UpSampling2D", { name: "u", interpolation: "lanczos3" }, 'option interpolation = "lanczos3"'],
  ])("refuses %s %j", (className, config, message) => {
    const error = failure(sequential([8, 8, 3], [[className, config]]));
    expect(error).toBeInstanceOf(UnsupportedLayerError);
    expect(error.message).toContain(message);
  });

  it.each([
    ["a subclassed model", { class_name: "MyModel", config: {} }, "Sequential, Functional and Model"],
    [
      "a custom layer",
      functional([inputOf([3]), { ...dense("d", "image"), registered_name: "mine>Dense" }]),
      'layer "d" is of class mine>Dense, which is not supported. Code from files is never run: tell what the layer computes ' +
        "with loadModel(source, { layers: { Dense: { call: ([x]) => ... } } })",
    ],
    [
      "a call with arguments",
      functional([inputOf([3]), { ...dense("d", "image"), inbound_nodes: [[["image", 0, 0, { training: true }]]] }]),
      "training = true",
    ],
  ])("refuses %s", (_, json, message) => {
    const error = failure(json);
    expect(error).toBeInstanceOf(UnsupportedLayerError);
    expect(error.message).toContain(message);
  });

  it.each([
    ["a window larger than the image", sequential([2, 2, 3], [["Conv2D", conv]]), "reaches over 3 pixels"],
    [
      "a dense layer on an open extent",
      sequential(
        [null, null, 3],
        [
          ["Flatten", { name: "f" }],
          ["Dense", { name: "d", units: 1 }],
        ],
      ),
      "fixed height and width",
    ],
    ["groups that divide nothing", sequential([8, 8, 3], [["Conv2D", { ...conv, groups: 2 }]]), "groups = 2"],
    [
      "a reshape of another size",
      sequential([4], [["Reshape", { name: "r", target_shape: [3] }]]),
      "cannot become [null, 3]",
    ],
    ["a convolution of vectors", sequential([3], [["Conv2D", conv]]), "[null, height, width, channels] is wanted"],
    ["a difference of one", functional([inputOf([3]), layerOf("Subtract", { name: "s" }, ["image"])]), "it takes 2"],
    [
      "sums of what does not fit",
      functional([inputOf([3]), dense("d", "image", 2), layerOf("Add", { name: "s" }, ["image", "d"])]),
      "[null, 3] and [null, 2] do not fit together",
    ],
  ])("refuses %s", (_, json, message) => {
    const error = failure(json);
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toContain(message);
  });
});
