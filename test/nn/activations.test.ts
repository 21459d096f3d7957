import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { DisposedError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { Engine } from "../../src/tensor/engine.ts";
import { balanced, chainModel, close, functional, inputOf, layerOf, sequential } from "./support.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create();
});
afterAll(() => engine.dispose());

describe("memory", () => {
  it("frees activations as it goes when nothing records them", () =>
    balanced(engine, async () => {
      const layers = Array.from({ length: 6 }, (_, i): [string, Record<string, unknown>] => [
        "Rescaling",
        { name: `l${i}`, scale: 2 },
      ]);
      using model = Model.fromConfig(engine, sequential([64, 64, 4], layers));
      using x = engine.zeros([1, 64, 64, 4]);
      const before = engine.memory().liveTensors;
      const live: number[] = [];
      const onLayer = () => live.push(engine.memory().liveTensors - before);
      using _ = model.forward(x, { onLayer });
      expect(live).toEqual([0, 1, 1, 1, 1, 1, 1]);
    }));

  it("keeps what a later layer needs, and no longer", () =>
    balanced(engine, async () => {
      const step = (name: string, from: string) => layerOf("Rescaling", { name, scale: 3 }, [from]);
      const sum = layerOf("Add", { name: "sum" }, ["a", "c"]);
      const config = functional([
        inputOf([2]),
        step("a", "image"),
        step("b", "a"),
        step("c", "b"),
        sum,
        step("d", "sum"),
      ]);
      using model = Model.fromConfig(engine, config);
      using x = engine.tensor([1, 2], [1, 2]);
      const before = engine.memory().liveTensors;
      const live: number[] = [];
      using y = model.forward(x, { onLayer: () => live.push(engine.memory().liveTensors - before) });
      expect(live).toEqual([0, 1, 2, 2, 1, 1]);
      await close(y, [90, 180]);
    }));

  it("leaves activations to the tape where one records", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      using tape = new Tape(engine);
      model.forward(x, { tape });
      expect(tape.nodes.map((node) => node.output.disposed)).not.toContain(true);
      await close(tape.node("conv").output, [1, 0, 2, 0, 3, 0, 4, 0]);
    }));

  it("frees everything when a pass is broken off", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      const onLayer = (name: string) => {
        if (name === "pool") throw new Error("stopped");
      };
      expect(() => model.forward(x, { onLayer })).toThrow("stopped");
      expect(engine.recorder).toBeUndefined();
    }));

  it("frees weights when the model is disposed", () =>
    balanced(engine, async () => {
      const model = chainModel(engine);
      model.setWeight("conv", "kernel", new Float32Array([2, -2]));
      model.dispose();
      using x = engine.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
      expect(() => model.forward(x)).toThrow(DisposedError);
      expect(() => model.weightTensor("conv", "kernel")).toThrow(DisposedError);
    }));
});

describe("labels on the tape", () => {
  it("gives a layer's name to its last operation alone", () =>
    balanced(engine, async () => {
      using model = chainModel(engine);
      using x = engine.tensor([1, -2, 3, 0], [1, 2, 2, 1]);
      using tape = new Tape(engine);
      const y = model.forward(x, { tape });
      expect(tape.nodes.map((node) => `${node.label}: ${node.op.name}`)).toEqual([
        "conv/conv2d: conv2d",
        "conv: relu",
        "pool: max_pool",
        "flatten: reshape",
        "classes/dense: dense",
        "classes: softmax",
      ]);
      expect(tape.node("classes").output).toBe(y);
      await close(tape.node("classes/dense").output, [3, 5]);
      // the first logit follows the first channel, whose largest value is at the third pixel
      const logits = tape.node("classes/dense").output;
      using seed = engine.tensor([1, 0], [1, 2]);
      const [dx] = tape.backward(logits, { wrt: [x], seed });
      if (!dx) throw new Error("a gradient was expected");
      await close(dx, [0, 0, 1, 0]);
      dx.dispose();
    }));

  it("gives identity layers a node of their own", () =>
    balanced(engine, async () => {
      const config = sequential(
        [3],
        [
          ["Dropout", { name: "drop", rate: 0.5 }],
          ["Activation", { name: "line", activation: "linear" }],
        ],
      );
      using model = Model.fromConfig(engine, config);
      using x = engine.tensor([1, 2, 3], [1, 3]);
      using tape = new Tape(engine);
      await close(model.forward(x, { tape }), [1, 2, 3]);
      expect(tape.nodes.map((node) => node.label)).toEqual(["drop", "line"]);
    }));

  it("restores the label and the recorder afterwards", () => {
    using model = chainModel(engine);
    using x = engine.tensor([1, -2, 3, 0], [1, 2, 2, 1]);
    using tape = new Tape(engine);
    tape.label = "mine";
    model.forward(x, { tape });
    expect(tape.label).toBe("mine");
    expect(engine.recorder).toBeUndefined();
    model.forward(x).dispose();
    expect(engine.recorder).toBeUndefined();
  });
});
