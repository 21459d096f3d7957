// Plain operations between layers: what is refused, and how. What they compute is checked in layer-matrix.test.ts.
import { describe, expect, it } from "vitest";
import { mul } from "../../src/autograd/ops/arithmetic.ts";
import { UnsupportedLayerError, WeightsFormatError } from "../../src/errors.ts";
import type { CustomLayers } from "../../src/nn/custom-layer.ts";
import { Model } from "../../src/nn/model.ts";
import { useEngine } from "../support/engine.ts";

const on = useEngine();

const image = {
  class_name: "InputLayer",
  config: { name: "image", batch_input_shape: [null, 4, 3, 2] },
  inbound_nodes: [],
};

function modelOf(entry: Readonly<Record<string, unknown>>, layers?: CustomLayers): Model {
  const config = {
    name: "model",
    layers: [image, { name: "op", ...entry }],
    input_layers: [["image", 0, 0]],
    output_layers: [["op", 0, 0]],
  };
  return Model.fromConfig(on.engine, { class_name: "Functional", config }, { ...(layers && { layers }) });
}

const x = ["image", 0, 0];

/** As tf.keras writes it. */
function lambda(name: string, node: readonly unknown[]) {
  return { class_name: "TFOpLambda", config: { name: "op", function: name }, inbound_nodes: [node] };
}

const tensor = { class_name: "__keras_tensor__", config: { keras_history: x } };

/** As Keras 3 writes it. */
function operation(className: string, args: readonly unknown[], config: Readonly<Record<string, unknown>> = {}) {
  return {
    module: "keras.src.ops.numpy",
    class_name: className,
    config: { name: "op", ...config },
    inbound_nodes: [{ args, kwargs: {} }],
  };
}

function node(nodeDef: unknown, constants: unknown = {}) {
  return {
    class_name: "TensorFlowOpLayer",
    name: "op",
    config: { name: "relu", node_def: nodeDef, constants },
    inbound_nodes: [[["image", 0, 0, {}]]],
  };
}

describe("operations that are not computed", () => {
  const refused: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    [
      "a function that is not known",
      lambda("linalg.svd", x),
      /"op" is the operation tf\.linalg\.svd.*layers: \{ "op": \{ call/s,
    ],
    ["a class that is not known", operation("Einsum", [tensor]), /keras\.ops\.Einsum, which is not supported/],
    ["a node that is not known", node({ op: "MatMul", input: ["x"] }), /tf\.raw_ops\.MatMul/],
    ["an argument that is not known", lambda("nn.relu", [...x, { ceiling: 3 }]), /argument ceiling = 3 is not known/],
    ["a division by a tensor", lambda("math.truediv", [...x, { y: x }]), /it divides by a tensor/],
    ["a division by 0", lambda("math.truediv", [...x, { y: 0 }]), /it divides by 0/],
    ["a mean of the batch too", lambda("math.reduce_mean", [...x, { axis: 0 }]), /along the batch/],
    ["a mean of everything", lambda("math.reduce_mean", x), /reduces all axes/],
    ["a mean over axes apart", lambda("math.reduce_mean", [...x, { axis: [1, 3] }]), /do not follow each other/],
    ["a part of the batch", operation("GetItem", [tensor, 0]), /parts of the batch/],
    [
      "an index outside",
      operation("GetItem", [tensor, [{ class_name: "__ellipsis__", config: {} }, 2]]),
      /index 2 is outside/,
    ],
    [
      "a slice of nothing",
      operation("GetItem", [
        tensor,
        [
          { class_name: "__slice__", config: {} },
          { class_name: "__slice__", config: { start: 3, stop: 1 } },
        ],
      ]),
      /takes nothing/,
    ],
    [
      "a shape that mixes pictures",
      operation("Reshape", [tensor], { newshape: [-1, 5] }),
      /makes \[-1, 5\] of \[null, 4, 3, 2\]/,
    ],
    [
      "a shape with the batch fixed",
      operation("Reshape", [tensor], { newshape: [1, 24] }),
      /its shape is not \[-1, \.\.\.\]/,
    ],
    ["a transposed batch", operation("Transpose", [tensor], { axes: [1, 0, 2, 3] }), /order of axes is 1, 0, 2, 3/],
    ["an antialiased resize", lambda("image.resize", [...x, { size: [2, 2], antialias: true }]), /antialias = true/],
    ["bicubic", lambda("image.resize", [...x, { size: [2, 2], method: "bicubic" }]), /by bicubic/],
    ["whole numbers", lambda("cast", [...x, { dtype: "int32" }]), /dtype = "int32"/],
    ["a constant as large as a batch", lambda("math.add", [...x, { y: [[[[1]]], [[[2]]]] }]), /along the batch/],
    ["a ragged constant", lambda("math.add", [...x, { y: [[1, 2], [3]] }]), /no array of numbers/],
    ["a text as a constant", lambda("math.add", [...x, { y: "1" }]), /computes with "1"/],
    ["a softmax of everything", operation("Softmax", [tensor], { axis: null }), /takes all axes together/],
    ["a fractional power", lambda("math.pow", [...x, { y: 0.5 }]), /exponent is not a whole number/],
    [
      "corner-aligned resizing of old",
      node({ op: "ResizeBilinear", input: ["x", "size"], attr: { align_corners: { b: true } } }, { 1: [2, 2] }),
      /without half-pixel centres/,
    ],
  ];

  it.each(refused)("%s", (_, entry, message) => {
    expect(() => modelOf(entry)).toThrow(UnsupportedLayerError);
    expect(() => modelOf(entry)).toThrow(message);
  });

  it("the second tensor of a function that gives several", () => {
    const split = { ...lambda("split", [...x, { num_or_size_splits: 2, axis: -1 }]), name: "parts" };
    const relu = { name: "op", class_name: "ReLU", config: { name: "op" }, inbound_nodes: [[["parts", 0, 1, {}]]] };
    const layers = [image, { ...split, config: { ...split.config, name: "parts" } }, relu];
    const config = { name: "m", layers, input_layers: [["image", 0, 0]], output_layers: [["op", 0, 0]] };
    const load = () => Model.fromConfig(on.engine, { class_name: "Functional", config });
    expect(load).toThrow(UnsupportedLayerError);
    expect(load).toThrow(/"parts" is the operation tf\.split, whose output 1 is used/);
  });

  it("a Lambda layer, with the way out", () => {
    const entry = { class_name: "Lambda", config: { name: "op" }, inbound_nodes: [[["image", 0, 0, {}]]] };
    expect(() => modelOf(entry)).toThrow(/"op" is of class Lambda.*loadModel\(source, \{ layers/s);
  });
});

describe("damaged operations", () => {
  const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
  const damaged: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ["too many constants", lambda("math.add", [...x, { y: Array(70_000).fill(1) }]), /at most 65536 constants/],
    ["constants nested too deep", lambda("math.add", [...x, { y: deep(20) }]), /nested at most 8 deep/],
    [
      "a constant that is not finite",
      operation("Add", [tensor, Number.POSITIVE_INFINITY]),
      /a finite number is wanted/,
    ],
    [
      "no function",
      { class_name: "TFOpLambda", config: { name: "op" }, inbound_nodes: [x] },
      /config\.function is missing/,
    ],
    ["no tensor", operation("Add", [1, 2]), /connects an operation to nothing/],
    ["no call", { ...operation("Add", [tensor, 2]), inbound_nodes: [] }, /connects an operation to nothing/],
    [
      "a tensor without history",
      operation("Relu", [{ class_name: "__keras_tensor__", config: {} }]),
      /keras_history is missing/,
    ],
    ["a source that is not there", lambda("nn.relu", ["nobody", 0, 0]), /"nobody" that is not there/],
    ["a second output", lambda("nn.relu", ["image", 0, 1]), /output 1 of "image"/],
    ["a node that is no protocol buffer", node("\u0012\u0050Relu"), /damaged protocol buffer/],
    ["a node without an operation", node({ input: ["x"] }), /node_def\.op is missing/],
  ];

  it.each(damaged)("%s", (_, entry, message) => {
    expect(() => modelOf(entry)).toThrow(WeightsFormatError);
    expect(() => modelOf(entry)).toThrow(message);
  });
});

describe("operations by another name", () => {
  /** [1, 4, 3, 2] with 0, 1, 2 ... */
  async function outputOf(model: Model): Promise<number[]> {
    using input = on.engine.tensor(
      Array.from({ length: 24 }, (_, i) => i - 4),
      [1, 4, 3, 2],
    );
    using y = model.forward(input);
    const [values] = await on.engine.read([y]);
    return [...(values ?? [])];
  }

  it("a custom layer takes the place of an operation, by the layer's name", async () => {
    using model = modelOf(lambda("linalg.svd", x), { op: { call: ([t]) => (t ? mul(t, t) : on.engine.zeros([1])) } });
    expect((await outputOf(model)).slice(0, 3)).toEqual([16, 9, 4]);
  });

  it("a node that TensorFlow 2.0 wrote as a protocol buffer", async () => {
    // name "m", op "Mul", inputs "x" and "y", attribute T of type float
    using model = modelOf(
      node("\n\u0001m\u0012\u0003Mul\u001a\u0001x\u001a\u0001y*\u0007\n\u0001T\u0012\u00020\u0001", { 1: 0.5 }),
    );
    expect((await outputOf(model)).slice(0, 3)).toEqual([-2, -1.5, -1]);
  });

  it.each([
    ["TensorFlow's", lambda("math.reduce_logsumexp", [...x, { axis: [1, 2] }])],
    ["Keras 3's", operation("Logsumexp", [tensor], { axis: [1, 2], keepdims: false })],
  ])("%s log-sum-exp", async (_, entry) => {
    using model = modelOf(entry);
    const values = Array.from({ length: 24 }, (_, i) => i - 4);
    const wanted = [0, 1].map((c) =>
      Math.log(values.reduce((sum, value, i) => (i % 2 === c ? sum + Math.exp(value) : sum), 0)),
    );
    for (const [c, value] of (await outputOf(model)).entries()) expect(value).toBeCloseTo(wanted[c] ?? 0, 5);
    expect(model.outputShape).toEqual([null, 2]);
  });

  it("an operation of a layer's class name is none", () => {
    using model = modelOf(operation("Add", [tensor, 1.5]));
    expect(model.outputShape).toEqual([null, 4, 3, 2]);
    expect(() => modelOf({ ...operation("Add", [tensor, 1.5]), module: "keras.layers" })).toThrow(
      UnsupportedLayerError,
    );
  });
});
