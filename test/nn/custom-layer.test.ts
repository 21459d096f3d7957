// Layers that Keras does not have: their code cannot be in the file, so it is given in TypeScript.
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { ShapeError, UnsupportedLayerError } from "../../src/errors.ts";
import { add, mul, scale, sigmoid } from "../../src/index.ts";
import type { CustomLayer, CustomLayers } from "../../src/nn/custom-layer.ts";
import { Model } from "../../src/nn/model.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { useEngine } from "../support/engine.ts";
import { close, fractions, functional, inputOf, layerOf, sequential } from "./support.ts";

const host = useEngine();

const gate: CustomLayer = { call: ([x]) => mul(input(x), sigmoid(input(x))) };

function input(x: Tensor | undefined): Tensor {
  if (!x) throw new Error("called without an input");
  return x;
}

/** Scales every channel and adds a number from the options. */
const affine: CustomLayer = {
  weights: ([shape]) => [{ name: "factor", shape: [shape?.at(-1) ?? 0], trainable: true }],
  call([x], { factor }, { offset }) {
    if (!factor || typeof offset !== "number") throw new Error("the weight or the option is missing");
    return add(mul(input(x), factor), host.engine.tensor([offset], [1]));
  },
};

async function outputOf(
  config: unknown,
  layers: CustomLayers,
  fill: (model: Model) => void = () => {},
): Promise<number[]> {
  using model = Model.fromConfig(host.engine, config, { layers });
  fill(model);
  using x = host.engine.tensor(fractions([1, 2, 2, 3], 29, 3), [1, 2, 2, 3]);
  using y = host.engine.scope(() => model.forward(x));
  return [...(await y.read())];
}

const x0 = fractions([1, 2, 2, 3], 29, 3);
const gated = Array.from(x0, (v) => v / (1 + Math.exp(-v)));

describe("a custom layer", () => {
  it.each([
    ["by its class", { Gate: gate }, "Gate"],
    ["by the name that Keras registers", { "mine>Gate": gate }, "mine>Gate"],
    ["by its class without the package", { Gate: gate }, "mine>Gate"],
    ["by the layer's own name", { middle: gate }, "Lambda"],
  ])("is found %s", async (_, layers, className) => {
    const config = functional([
      inputOf([2, 2, 3]),
      {
        ...layerOf(className.slice(className.indexOf(">") + 1), { name: "middle" }, ["image"]),
        registered_name: className,
      },
    ]);
    const values = await outputOf(config, layers);
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(gated[i] ?? 0, 6);
  });

  it("tells two Lambda layers apart by their names", async () => {
    const config = sequential(
      [2, 2, 3],
      [
        ["Lambda", { name: "twice", function: ["4wEAAA==", null, null] }],
        ["Lambda", { name: "half" }],
      ],
    );
    const layers = {
      twice: { call: ([x]) => scale(input(x), 2) },
      half: { call: ([x]) => scale(input(x), 0.5) },
    } satisfies CustomLayers;
    expect(await outputOf(config, layers)).toEqual([...x0]);
  });

  it("has weights and options, and a gradient", async () => {
    const config = sequential([2, 2, 3], [["Affine", { name: "affine", offset: 4 }]]);
    using model = Model.fromConfig(host.engine, config, { layers: { Affine: affine } });
    expect(model.weightSlots()).toEqual([{ layer: "affine", name: "factor", shape: [3] }]);
    expect(model.countParams().total).toBe(3);
    model.setWeight("affine", "factor", Float32Array.of(1, -2, 3));
    using x = host.engine.tensor(x0, [1, 2, 2, 3]);
    using tape = new Tape(host.engine);
    const y = model.forward(x, { tape });
    await close(
      y,
      Array.from(x0, (v, i) => v * ([1, -2, 3][i % 3] ?? 0) + 4),
    );
    expect(tape.node("affine").output).toBe(y);
    using seed = host.engine.tensor(new Float32Array(12).fill(1), [1, 2, 2, 3]);
    const [gradient] = tape.backward(y, { seed, wrt: [x] });
    if (!gradient) throw new Error("no gradient");
    await close(
      gradient,
      Array.from(x0, (_, i) => [1, -2, 3][i % 3] ?? 0),
    );
    gradient.dispose();
  });

  it("of a class that Keras has too takes its place only where the file says that it is another", async () => {
    const own = functional([
      inputOf([2, 2, 3]),
      { ...layerOf("ReLU", { name: "r" }, ["image"]), registered_name: "mine>ReLU" },
    ]);
    expect(() => Model.fromConfig(host.engine, own)).toThrow(UnsupportedLayerError);
    for (const [i, value] of (await outputOf(own, { "mine>ReLU": gate })).entries())
      expect(value).toBeCloseTo(gated[i] ?? 0, 6);
  });

  it("whose output is not what it says is refused with the way out", () => {
    using model = Model.fromConfig(host.engine, sequential([2, 2, 3], [["Gate", { name: "g" }]]), {
      layers: { Gate: { call: ([x]) => input(x), outputShape: () => [null, 4] } },
    });
    using x = host.engine.tensor(x0, [1, 2, 2, 3]);
    expect(() => host.engine.scope(() => model.forward(x))).toThrow(ShapeError);
    expect(() => host.engine.scope(() => model.forward(x))).toThrow(
      'Gate "g": its call gave [1, 2, 2, 3], but its output is [null, 4].',
    );
  });

  it("that was not given is refused with the way out", () => {
    const make = () => Model.fromConfig(host.engine, sequential([4], [["Lambda", { name: "twice" }]]));
    expect(make).toThrow(UnsupportedLayerError);
    expect(make).toThrow("loadModel(source, { layers: { Lambda: { call: ([x]) => ... } } })");
  });
});
