import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { NonFiniteError, ShapeError, UnknownNameError, WeightsFormatError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import {
  balanced,
  chainConfig,
  chainModel,
  close,
  fillWeights,
  fractions,
  functional,
  inputOf,
  layerOf,
  sequential,
} from "./support.ts";

interface GoldenModel {
  readonly keras: string;
  readonly config: { class_name: string; config: { name: string } };
  readonly inputShape: number[];
  readonly params: number;
  readonly weights: [string, number[]][];
  readonly outputShape: number[];
  readonly output: number[];
}

const goldens = await readJsonFixture<GoldenModel[]>("nn/golden/models.json");

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create();
});
afterAll(() => engine.dispose());

describe("forward", () => {
  it("computes what is worked out by hand", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, -2, 3, 0], [1, 2, 2, 1]);
      using conv = model.forward(x, { upTo: "conv" });
      await close(conv, [1, 0, 0, 2.5, 3, 0, 0, 0.5]);
      // the maxima are 3 and 2.5, the logits 3 and 5
      using y = model.forward(x);
      const probability = 1 / (1 + Math.exp(2));
      await close(y, [probability, 1 - probability]);
    }));

  it.each(goldens.map((golden) => [`${golden.config.config.name} of Keras ${golden.keras}`, golden] as const))(
    "computes what Keras computes: %s",
    (_, golden) =>
      balanced(engine, async () => {
        using model = Model.fromConfig(engine, golden.config);
        expect(model.countParams().total).toBe(golden.params);
        expect(model.weightSlots().map(({ shape }) => shape)).toEqual(golden.weights.map(([, shape]) => shape));
        fillWeights(model);
        using x = engine.tensor(fractions(golden.inputShape, 29, 3), golden.inputShape);
        using y = model.forward(x);
        expect(y.shape).toEqual(golden.outputShape);
        expect(model.outputShape.slice(1)).toEqual(golden.outputShape.slice(1));
        await close(y, golden.output, 2e-6 * Math.max(1, ...golden.output.map(Math.abs)));
        using tape = new Tape(engine);
        await close(model.forward(x, { tape }), golden.output, 2e-6 * Math.max(1, ...golden.output.map(Math.abs)));
      }),
  );

  it("says which layers are running", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      const seen: string[] = [];
      model.forward(x, { onLayer: (name, index, total) => seen.push(`${name} ${index}/${total}`) }).dispose();
      expect(seen).toEqual(["image 0/5", "conv 1/5", "pool 2/5", "flatten 3/5", "classes 4/5"]);
    }));

  it("gives a view of the input where the input layer is asked for", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      model.forward(x, { upTo: "image" }).dispose();
      await close(x, [1, 2, 3, 4]);
    }));

  it("computes several outputs", () =>
    balanced(engine, async () => {
      const relu = layerOf("ReLU", { name: "positive" }, ["image"]);
      const scaled = layerOf("Rescaling", { name: "scaled", scale: 2, offset: 1 }, ["positive"]);
      using model = Model.fromConfig(engine, functional([inputOf([3]), relu, scaled], ["scaled", "positive"]));
      using x = engine.tensor([-1, 2, 3], [1, 3]);
      expect(model.outputNames).toEqual(["scaled", "positive"]);
      const [first, second] = model.forwardAll(x);
      if (!first || !second) throw new Error("two outputs were expected");
      await close(first, [1, 5, 7]);
      await close(second, [0, 2, 3]);
      first.dispose();
      second.dispose();
      using only = model.forward(x);
      await close(only, [1, 5, 7]);
    }));

  it("keeps one copy of a shared layer's weights and labels its calls apart", () =>
    balanced(engine, async () => {
      const shared = layerOf("Dense", { name: "twice", units: 2, use_bias: false }, ["image"]);
      const calls = [[["image", 0, 0, {}]], [["twice", 0, 0, {}]]];
      const end = {
        ...layerOf("Add", { name: "sum" }),
        inbound_nodes: [
          [
            ["twice", 0, 0, {}],
            ["twice", 1, 0, {}],
          ],
        ],
      };
      using model = Model.fromConfig(engine, functional([inputOf([2]), { ...shared, inbound_nodes: calls }, end]));
      expect(model.weightSlots().length).toBe(1);
      model.setWeight("twice", "kernel", new Float32Array([0, 1, 2, 0]));
      using x = engine.tensor([3, 5], [1, 2]);
      using tape = new Tape(engine);
      // (3, 5) -> (10, 3) -> (6, 10)
      await close(model.forward(x, { tape }), [16, 13]);
      expect(tape.nodes.map((node) => node.label)).toEqual(["twice", "twice#1", "sum"]);
    }));
});

describe("weights", () => {
  it("can be written in blocks", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      const kernel = model.weightTensor("classes", "kernel");
      engine.write(kernel, 0, new Float32Array([5, 6]));
      engine.write(kernel, 2, new Float32Array([7, 8]));
      await close(kernel, [5, 6, 7, 8]);
    }));

  it("take effect on the next pass, not on one that was already asked for", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, 1, 1, 1], [1, 2, 2, 1]);
      using before = model.forward(x, { upTo: "pool" });
      model.setWeight("conv", "kernel", new Float32Array([3, 1]));
      using after = model.forward(x, { upTo: "pool" });
      await close(before, [1, 0]);
      await close(after, [3, 1.5]);
    }));

  it("must all be set", () =>
    balanced(engine, async () => {
      using model = Model.fromConfig(engine, chainConfig);
      model.setWeight("conv", "kernel", new Float32Array(2));
      expect(() => model.assertLoaded()).toThrow(WeightsFormatError);
      expect(() => model.assertLoaded()).toThrow("3 weights were never set: conv/bias, classes/kernel, classes/bias");
      using x = engine.zeros([1, 2, 2, 1]);
      expect(() => model.forward(x)).toThrow("1 weight was never set: conv/bias");
      using whole = chainModel(engine);
      whole.assertLoaded();
    }));

  it("are refused under a wrong name or of a wrong size", () => {
    using model = Model.fromConfig(engine, chainConfig);
    expect(() => model.setWeight("convv", "kernel", new Float32Array(2))).toThrow('did you mean "conv"?');
    expect(() => model.setWeight("conv", "gamma", new Float32Array(2))).toThrow(UnknownNameError);
    expect(() => model.setWeight("conv", "gamma", new Float32Array(2))).toThrow("it has kernel, bias");
    expect(() => model.setWeight("conv", "kernel", new Float32Array(3))).toThrow(
      '3 values for kernel of "conv", whose shape is [1, 1, 1, 2] (2 values)',
    );
  });
});

describe("inputs", () => {
  it.each([
    [[1, 2, 2, 3], "The images must have 1 channels."],
    [[1, 3, 2, 1], "Resize the images to 2 x 2."],
    [[2, 2, 1], "is [2, 2, 1] but [null, 2, 2, 1] is wanted"],
  ])("of shape %j are refused", (shape, message) => {
    using model = chainModel(engine);
    using x = engine.zeros(shape);
    expect(() => model.forward(x)).toThrow(ShapeError);
    expect(() => model.forward(x)).toThrow(message);
  });

  it("come in batches", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, -2, 3, 0, 0, 0, 0, 1], [2, 2, 2, 1]);
      using y = model.forward(x, { upTo: "pool" });
      await close(y, [3, 2.5, 1, 0.5]);
    }));
});

it("names the layer that made a value infinite, with or without a tape", async () => {
  const checked = await Engine.create({ check: true });
  const model = Model.fromConfig(checked, sequential([1], [["Rescaling", { name: "huge", scale: 1e38 }]]));
  const x = checked.tensor([1e10], [1, 1]);
  await expect(model.forward(x).read()).rejects.toThrow(NonFiniteError);
  await expect(model.forward(x).read()).rejects.toThrow('"huge" is the first operation');
  checked.dispose();
});
