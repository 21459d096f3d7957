// Activations against Keras 2 and 3 in float64, through the configs that they write: tools/fixtures/activations.py.
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { UnsupportedLayerError, WeightsFormatError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture } from "../support/fixture.ts";
import { failure, sequential } from "./support.ts";

interface Entry {
  readonly name: string;
  readonly config: unknown;
  readonly weights: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly dx: readonly number[];
}

/** Of a value, where it is large, else of 1. */
const TOLERANCE = 2e-6;

const { x, cases } = JSON.parse(new TextDecoder().decode(await readFixture("fixtures/activations.json"))) as {
  x: readonly number[];
  cases: readonly Entry[];
};

describe("activations", () => {
  const on = useEngine();

  it.each(cases.map((entry) => [entry.name, entry] as const))("%s", async (name, entry) => {
    const { engine } = on;
    const values = name.startsWith("exponential") ? x.map((value) => Math.min(value, 86)) : x;
    using model = Model.fromConfig(engine, entry.config);
    for (const [i, slot] of model.weightSlots().entries())
      model.setWeight(slot.layer, slot.name, Float32Array.from(entry.weights[i] ?? []));
    using input = engine.tensor(values, [1, values.length]);
    using seed = engine.tensor(
      values.map((_, i) => 1 + (i % 3)),
      [1, values.length],
    );
    using tape = new Tape(engine);
    const y = model.forward(input, { tape });
    const gradients = tape.backward(y, { seed, wrt: [input] });
    const [actual = [], dx = []] = await engine.read([y, ...gradients]);
    for (const gradient of gradients) gradient.dispose();
    expectClose(actual, entry.y, values, "y");
    expectClose(dx, entry.dx, values, "dx");
  });
});

function expectClose(actual: ArrayLike<number>, wanted: readonly number[], at: readonly number[], what: string) {
  expect(actual.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) {
    const error = Math.abs((actual[i] ?? Number.NaN) - value);
    const message = `${what} at x = ${at[i]}: ${actual[i]} for ${value}`;
    expect(error, message).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(value)));
  }
}

describe("activations in configs", () => {
  const layer = (options: Record<string, unknown>, className = "Activation") =>
    sequential([4], [[className, { name: "a", ...options }]]);
  const on = useEngine();

  const computed = async (config: unknown, values = [-2, -1, 1, 2]) => {
    using model = Model.fromConfig(on.engine, config);
    using input = on.engine.tensor(values, [1, 4]);
    using y = model.forward(input);
    return Array.from(await y.read(), (value) => Math.round(value * 1e5) / 1e5);
  };

  it.each([
    ["a function's name", "relu6", [0, 0, 1, 2]],
    ["null", null, [-2, -1, 1, 2]],
    ["a function of Keras 3", { module: "builtins", class_name: "function", config: "relu6" }, [0, 0, 1, 2]],
    ["a layer", { module: "keras.layers", class_name: "LeakyReLU", config: { negative_slope: 0.5 } }, [-1, -0.5, 1, 2]],
    ["a layer of Keras 2", { class_name: "LeakyReLU", config: { name: "b", alpha: 0.5 } }, [-1, -0.5, 1, 2]],
    ["a layer's name", "LeakyReLU", [-0.6, -0.3, 1, 2]],
    ["a function as a layer", { class_name: "Activation", config: { activation: "relu" } }, [0, 0, 1, 2]],
  ])("reads %s", async (_, activation, wanted) => {
    expect(await computed(layer({ activation }))).toEqual(wanted);
  });

  it("reads numbers that Keras 2.2 wrote as arrays", async () => {
    const max_value = { type: "ndarray", value: 1.5 };
    expect(await computed(layer({ max_value, negative_slope: 0.5 }, "ReLU"))).toEqual([-1, -0.5, 1, 1.5]);
  });

  it("tells hard_sigmoid's two definitions apart by the config", async () => {
    const old = sequential([4], [["Activation", { name: "a", activation: "hard_sigmoid" }]]);
    expect(await computed(old)).toEqual([0.1, 0.3, 0.7, 0.9]);
    expect(await computed({ ...old, keras_version: "3.4.1" })).toEqual([0.16667, 0.33333, 0.66667, 0.83333]);
    const text = JSON.stringify(old).replace("batch_input_shape", "batch_shape");
    expect(await computed(text)).toEqual([0.16667, 0.33333, 0.66667, 0.83333]);
    expect(await computed(text.replace(/^\{/, '{"keras_version":"2.15.0",'))).toEqual([0.1, 0.3, 0.7, 0.9]);
  });

  it.each([
    ["a name that is none", layer({ activation: "reluu" }), UnsupportedLayerError],
    ["a number", layer({ activation: 3 }), UnsupportedLayerError],
    ["__proto__", layer({ activation: "__proto__" }), UnsupportedLayerError],
    ["a custom function", layer({ activation: { class_name: "function", config: "mine" } }), UnsupportedLayerError],
    [
      "a custom layer",
      layer({ activation: { class_name: "ReLU", config: {}, registered_name: "me>ReLU" } }),
      UnsupportedLayerError,
    ],
    ["a layer with weights", layer({ activation: { class_name: "PReLU", config: {} } }), UnsupportedLayerError],
    ["an unknown option", layer({ activation: { class_name: "ELU", config: { beta: 1 } } }), UnsupportedLayerError],
    [
      "a layer in a layer",
      layer({ activation: { class_name: "Activation", config: { activation: {} } } }),
      UnsupportedLayerError,
    ],
    ["a slope that is none", layer({ alpha: "0.3" }, "LeakyReLU"), WeightsFormatError],
    ["a negative maximum", layer({ max_value: -1 }, "ReLU"), WeightsFormatError],
    ["a softmax over the batch", layer({ axis: 0 }, "Softmax"), UnsupportedLayerError],
    ["a softmax over nothing", layer({ axis: 2 }, "Softmax"), WeightsFormatError],
    ["a softmax over a fraction", layer({ axis: [1.5] }, "Softmax"), WeightsFormatError],
    ["a shared axis that is none", layer({ shared_axes: [2] }, "PReLU"), WeightsFormatError],
  ])("refuses %s", (_, config, error) => {
    expect(failure(config)).toBeInstanceOf(error);
  });
});
