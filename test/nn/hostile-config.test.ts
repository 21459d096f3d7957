import { describe, expect, it } from "vitest";
import { WeightsFormatError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { dense, failure, functional, inputOf, layerOf, noEngine, sequential } from "./support.ts";

describe("damaged and hostile configs", () => {
  const good = [inputOf([3]), dense("d", "image")];
  const withConfig = (changes: object) => ({
    class_name: "Functional",
    config: { ...(functional(good).config as object), ...changes },
  });
  const circle = [
    inputOf([3]),
    layerOf("Add", { name: "a" }, ["image", "b"]),
    layerOf("Add", { name: "b" }, ["image", "a"]),
  ];

  it.each([
    ["no JSON", "{", "this is not JSON"],
    ["null", null, "model is null; an object is wanted"],
    ["a list", [], "an object is wanted"],
    ["no class", {}, "model.class_name is missing"],
    ["no layers", withConfig({ layers: [] }), "1 to 10000 layers"],
    ["layers that are no list", withConfig({ layers: { length: 3 } }), "model.config.layers is"],
    ["too many layers", withConfig({ layers: Array(10_001).fill(inputOf([3])) }), "1 to 10000 layers"],
    ["no inputs", withConfig({ input_layers: [] }), "input_layers is []"],
    ["an input that is no input", withConfig({ input_layers: [["d", 0, 0]] }), '"d" is not an InputLayer'],
    ["an output that is not there", withConfig({ output_layers: [["x", 0, 0]] }), 'a layer "x" that is not there'],
    ["a name from the prototype", withConfig({ output_layers: [["constructor", 0, 0]] }), 'layer "constructor"'],
    ["an output of a call that never was", withConfig({ output_layers: [["d", 1, 0]] }), 'call 1, output 0 of "d"'],
    ["a negative call number", withConfig({ output_layers: [["d", -1, 0]] }), '["d",-1,0]'],
    ["a missing source", functional([inputOf([3]), dense("d", "x")]), 'a layer "x" that is not there'],
    ["two layers of one name", functional([...good, dense("d", "image")]), 'a second layer is named "d"'],
    ["a circle", functional(circle), 'the layers "a", "b" wait for each other in a circle'],
    ["a layer on itself", functional([inputOf([3]), dense("d", "d")]), "in a circle"],
    [
      "a layer on nothing",
      functional([inputOf([3]), dense("d", "image"), layerOf("Add", { name: "s" })]),
      "connected to nothing",
    ],
    [
      "a name that is a number",
      functional([inputOf([3]), { ...dense("d", "image"), config: { name: 7 } }]),
      "config.name is 7",
    ],
    ["a name with a line break", functional([inputOf([3]), dense("d\n", "image")]), "a name of 1 to"],
    [
      "no shape",
      { class_name: "Sequential", config: [{ class_name: "Dense", config: { name: "d", units: 1 } }] },
      "never says its input's shape",
    ],
    ["negative extents", sequential([-1], []), "whole numbers of at least 1"],
    ["half units", sequential([3], [["Dense", { name: "d", units: 1.5 }]]), 'units of Dense "d" is 1.5'],
    ["no units", sequential([3], [["Dense", { name: "d" }]]), 'units of Dense "d" is missing'],
    ["endless weights", sequential([3], [["Dense", { name: "d", units: 2 ** 50 }]]), "over 4294967296 elements"],
    [
      "endless activations",
      sequential([4, 4, 3], [["ZeroPadding2D", { name: "p", padding: 2 ** 40 }]]),
      "over 4294967296 elements",
    ],
    [
      "a padding of three",
      sequential([4, 4, 3], [["ZeroPadding2D", { name: "p", padding: [1, 2, 3] }]]),
      "[top, bottom]",
    ],
    [
      "an epsilon that is text",
      sequential([3], [["BatchNormalization", { name: "b", epsilon: "x" }]]),
      "a finite number",
    ],
    [
      "an axis outside",
      sequential([3], [["BatchNormalization", { name: "b", axis: 9 }]]),
      "an axis of a shape of 2 axes",
    ],
    [
      "a size of zero",
      sequential([4, 4, 3], [["MaxPooling2D", { name: "m", pool_size: [0, 2] }]]),
      'pool_size of MaxPooling2D "m"',
    ],
    ["a ceiling under zero", sequential([3], [["ReLU", { name: "r", max_value: -1 }]]), "a number of at least 0"],
  ])("refuses %s", (_, json, message) => {
    const error = failure(json);
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(error.message).toContain(message);
  });

  it("refuses models nested without end", () => {
    let json: object = sequential([3], []);
    for (let i = 0; i < 12; i++) json = { class_name: "Sequential", config: { name: `n${i}`, layers: [json] } };
    expect(failure(json).message).toContain("nested more than 8 deep");
  });

  it("refuses JSON nested without end, with a message", () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    expect(failure(`{"class_name":"Functional","config":${deep}}`)).toBeInstanceOf(WeightsFormatError);
  });

  it("reads ten thousand layers in reverse without being held up", () => {
    const layers = Array.from({ length: 9_999 }, (_, i) =>
      layerOf("Dropout", { name: `l${i}` }, [i === 0 ? "image" : `l${i - 1}`]),
    );
    const started = performance.now();
    expect(Model.fromConfig(noEngine, functional([...layers.reverse(), inputOf([3])], ["l9998"])).layers.length).toBe(
      10_000,
    );
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
