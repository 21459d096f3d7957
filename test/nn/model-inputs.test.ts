// Models with several inputs and outputs.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { useEngine } from "../support/engine.ts";
import { close, inputOf, layerOf } from "./support.ts";

const host = useEngine();

/** sum = a + b; picked = sum beside b. Its inputs are listed in another order than its layers. */
const config = {
  class_name: "Functional",
  config: {
    name: "pair",
    layers: [
      inputOf([2], "a"),
      inputOf([2], "b"),
      layerOf("Add", { name: "sum" }, ["a", "b"]),
      layerOf("Concatenate", { name: "beside", axis: -1 }, ["sum", "b"]),
    ],
    input_layers: [
      ["b", 0, 0],
      ["a", 0, 0],
    ],
    output_layers: [
      ["beside", 0, 0],
      ["sum", 0, 0],
    ],
  },
};

describe("a model with several inputs", () => {
  it("names them in the order in which it takes them", () => {
    using model = Model.fromConfig(host.engine, config);
    expect(model.inputNames).toEqual(["b", "a"]);
    expect(model.inputShapes).toEqual([
      [null, 2],
      [null, 2],
    ]);
    expect(model.outputNames).toEqual(["beside", "sum"]);
  });

  it("gives all of its outputs, or the first, or a layer's", async () => {
    using model = Model.fromConfig(host.engine, config);
    using a = host.engine.tensor([1, 2], [1, 2]);
    using b = host.engine.tensor([10, 20], [1, 2]);
    const all = model.forwardAll([b, a]);
    const [beside, sum] = all;
    if (!beside || !sum) throw new Error("two outputs were expected");
    await close(beside, [11, 22, 10, 20]);
    await close(sum, [11, 22]);
    for (const tensor of all) tensor.dispose();
    using first = model.forward([b, a]);
    await close(first, [11, 22, 10, 20]);
    using layer = model.forward([b, a], { upTo: "sum" });
    await close(layer, [11, 22]);
    using given = model.forward([b, a], { upTo: "a" });
    await close(given, [1, 2]);
  });

  it.each<[string, readonly (readonly number[])[], string]>([
    [
      "one",
      [[1, 2]],
      'model "pair": got 1 input but wants 2 inputs: b [null, 2], a [null, 2]. Give one tensor for each',
    ],
    [
      "three",
      [
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      'model "pair": got 3 inputs but wants 2 inputs',
    ],
    [
      "a wrong shape",
      [
        [1, 2],
        [1, 3],
      ],
      'model "pair", input "a": the input is [1, 3] but [null, 2] is wanted',
    ],
    [
      "two sizes of batch",
      [
        [1, 2],
        [2, 2],
      ],
      'input "a" has a batch of 2 but the first input one of 1',
    ],
  ])("refuses %s", (_, shapes, message) => {
    using model = Model.fromConfig(host.engine, config);
    const tensors = shapes.map((shape) =>
      host.engine.tensor(new Float32Array(shape.reduce((all, one) => all * one)), shape),
    );
    expect(() => model.forward(tensors)).toThrow(ShapeError);
    expect(() => model.forward(tensors)).toThrow(message);
    for (const tensor of tensors) tensor.dispose();
  });
});
