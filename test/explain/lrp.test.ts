// Layer-wise relevance propagation: what its rules promise, and what it refuses.
import { describe, expect, it } from "vitest";
import { NotDefinedError, ShapeError, UnknownNameError } from "../../src/errors.ts";
import { explain, type Run } from "../../src/explain/explain.ts";
import { channel } from "../../src/explain/layer-targets.ts";
import { type Composite, type CompositeName, compositeNames, compositeOf } from "../../src/explain/lrp/composites.ts";
import { alphaBetaRule, epsilonRule, flatRule, gammaRule, zBoxRule, zPlusRule } from "../../src/explain/lrp/rules.ts";
import { relevance } from "../../src/explain/methods/lrp.ts";
import { classLogit, classProbability, difference } from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { relativeError } from "../golden/compare.ts";
import { useEngine } from "../support/engine.ts";
import { hashWeight } from "../support/hash-weights.ts";
import { openFixture, withRun } from "./support.ts";

const host = useEngine();
const total = (values: ArrayLike<number> = []) => Array.from(values).reduce((sum, value) => sum + value, 0);

type Layer = readonly [className: string, config: Readonly<Record<string, unknown>>, inputs?: readonly string[]];

const SHAPE = [1, 9, 8, 3];
const conv = { filters: 6, kernel_size: 3, padding: "same", use_bias: false, activation: "relu" };
/** A network with a shortcut, pooling of both kinds, and not one bias. */
const unbiased: readonly Layer[] = [
  ["Conv2D", { ...conv, name: "conv1" }],
  ["Conv2D", { ...conv, name: "conv2" }],
  ["Add", { name: "shortcut" }, ["conv1", "conv2"]],
  ["MaxPooling2D", { name: "max", pool_size: 2 }],
  ["DepthwiseConv2D", { name: "depthwise", kernel_size: 3, use_bias: false, activation: "relu" }],
  ["GlobalAveragePooling2D", { name: "pool" }],
  ["Dense", { name: "scores", units: 5, use_bias: false }],
];

/** Layers one after another where they name no inputs; weights by hash, biases and offsets included. */
function modelOf(layers: readonly Layer[]): Model {
  const all: readonly Layer[] = [
    ["InputLayer", { name: "image", batch_input_shape: [null, ...SHAPE.slice(1)] }],
    ...layers,
  ];
  const names = all.map(([, { name }]) => String(name));
  const config = {
    name: "made",
    layers: all.map(([class_name, settings, inputs], i) => ({
      ...{ class_name, config: settings, name: names[i] },
      inbound_nodes: i === 0 ? [] : [(inputs ?? [names[i - 1]]).map((name) => [name, 0, 0, {}])],
    })),
    input_layers: [["image", 0, 0]],
    output_layers: [[names.at(-1), 0, 0]],
  };
  const model = Model.fromConfig(host.engine, { class_name: "Functional", config });
  for (const { layer, name, shape } of model.weightSlots())
    model.setWeight(layer, name, hashWeight(layer, name, shape).map(name.includes("variance") ? Math.abs : Number));
  return model;
}

async function withModel(layers: readonly Layer[], body: (run: Run, x: Tensor) => Promise<void>): Promise<void> {
  using model = modelOf(layers);
  using x = host.engine.tensor(hashWeight("image", "input", SHAPE), SHAPE);
  using run = explain(model, x);
  await body(run, x);
}

describe("relevance is conserved without biases, within 1%", () => {
  const box = { ...compositeOf("epsilon-gamma-box"), first: zBoxRule(-1, 1) };
  // gamma's two halves of a layer keep its sum as well; so do 2 and -1 of alpha-beta where a unit has both signs
  const names = ["epsilon-plus-flat", "epsilon-plus", "epsilon", "gamma", "z-plus"] as const;
  it.each<readonly [string, CompositeName | Composite]>([...names.map((name) => [name, name] as const), ["box", box]])(
    "%s",
    async (_, composite) => {
      await withModel(unbiased, async (run) => {
        const [best] = await run.predictions(1);
        const map = await run.lrp({ composite });
        const value = best?.logit ?? Number.NaN;
        expect(Math.abs(total(map.values) - value)).toBeLessThan(0.01 * Math.abs(value));
        const one = await run.lrp({ composite, start: "one" });
        expect(Math.abs(total(one.values) - 1)).toBeLessThan(0.01);
      });
    },
  );
});

describe("what relevance does not lose", () => {
  it.each(["epsilon-plus-flat", "z-plus", "epsilon", "gamma"] as const)(
    "%s: nothing, where biases get none",
    async (name) => {
      await withRun(host.engine, "residual", async (run) => {
        const [best] = await run.predictions(1);
        const value = best?.logit ?? Number.NaN;
        const lost = async (bias: "absorb" | "none") =>
          Math.abs(total((await run.lrp({ composite: name, bias })).values) - value) / Math.abs(value);
        const [none, absorb] = [await lost("none"), await lost("absorb")];
        expect(none).toBeLessThan(1e-4);
        expect(absorb).toBeGreaterThan(10 * none);
      });
    },
  );

  it("the flat rule gives nothing to padding, whoever pads", async () => {
    await withRun(host.engine, "residual", async (run) => {
      const wrt = [run.input, run.tape.node("stem_conv").output];
      const [atInput, atConv] = await relevanceOf(run, wrt, "epsilon-plus-flat");
      expect(total(atConv)).not.toBe(0);
      expect(Math.abs(total(atInput) - total(atConv))).toBeLessThan(1e-4 * Math.abs(total(atConv)));
    });
  });

  it("at gates: all of it is the signal's", async () => {
    const layers: readonly Layer[] = [
      ["Conv2D", { ...conv, name: "signal" }],
      ["GlobalAveragePooling2D", { name: "squeeze", keepdims: true }],
      ["Conv2D", { name: "gate", filters: 6, kernel_size: 1, activation: "sigmoid" }],
      ["Multiply", { name: "scaled" }, ["signal", "gate"]],
      ["GlobalAveragePooling2D", { name: "pool" }],
      ["Dense", { name: "scores", units: 5, use_bias: false }],
    ];
    await withModel(layers, async (run) => {
      const [best] = await run.predictions(1);
      const value = best?.logit ?? Number.NaN;
      const map = await run.lrp({ composite: "epsilon" });
      expect(Math.abs(total(map.values) - value)).toBeLessThan(0.01 * Math.abs(value));
    });
  });
});

describe("batch norm", () => {
  const layers: readonly Layer[] = [
    ["Conv2D", { ...conv, name: "conv", activation: "linear" }],
    ["BatchNormalization", { name: "norm" }],
    ["ReLU", { name: "relu" }],
    ["GlobalAveragePooling2D", { name: "pool" }],
    ["Dense", { name: "scores", units: 5 }],
  ];

  it("hands relevance to the layer that it is merged into, and the model stays as it is", async () => {
    await withModel(layers, async (run, x) => {
      const wrt = [run.tape.node("norm").output, run.tape.node("conv").output];
      const [after, before] = await relevanceOf(run, wrt, "epsilon-plus");
      expect(before).toEqual(after);
      using again = explain(run.model, x);
      expect(await again.predictions()).toEqual(await run.predictions());
    });
  });

  it("is left out where the target lies before it", async () => {
    await withModel(layers, async (run) => {
      const target = channel("conv", 2);
      const output = Float32Array.from(await run.tape.node("conv").output.read());
      const value = total(output.filter((_, i) => i % 6 === 2));
      const map = await run.lrp({ target, composite: "epsilon" });
      expect(Math.abs(total(map.values) - value)).toBeLessThan(0.01 * Math.abs(value));
    });
  });
});

it("answers several targets of several pictures as each alone", async () => {
  const { model, x } = await openFixture(host.engine, "residual");
  using other = host.engine.tensor(hashWeight("other", "input", x.shape), x.shape);
  const target = [classLogit(4), difference(1, 0), channel("a_1_conv", 3)];
  {
    using both = explain(model, [x, other]);
    const composite = { ...compositeOf("epsilon-gamma-box"), first: zBoxRule(-1, [1, 1.5, 2]) };
    const maps = await both.lrp({ target, composite });
    for (const [i, picture] of [x, other].entries()) {
      using alone = explain(model, picture);
      for (const [k, one] of target.entries()) {
        const map = await alone.lrp({ target: one, composite });
        expect(relativeError(maps[i]?.[k]?.values ?? [], map.values)).toBeLessThan(1e-5);
        expect(map.empty).toBe(false);
      }
    }
    expect(maps[1]?.[1]?.provenance).toMatchObject({ method: "lrp", rule: "epsilon-gamma-box", picture: 1 });
  }
  x.dispose();
  model.dispose();
});

describe("composites", () => {
  it("take rules by layer, by name or pattern", async () => {
    await withRun(host.engine, "lenet-mnist", async (run) => {
      const epsilon = epsilonRule();
      const layers = [
        ["conv1", flatRule()],
        [/^conv/, zPlusRule()],
      ] as const;
      const own = await run.lrp({ composite: { name: "own", layers, conv: gammaRule(), dense: epsilon } });
      const known = await run.lrp();
      expect(known.provenance.rule).toBe("epsilon-plus-flat");
      expect(own.values).toEqual(known.values);
      const other = await run.lrp({ composite: "gamma" });
      expect(relativeError(other.values, known.values)).toBeGreaterThan(0.1);
    });
  });

  it("take the box from the model's preprocessing", async () => {
    await withModel(unbiased, async (run) => {
      await expect(run.lrp({ composite: "epsilon-gamma-box" })).rejects.toThrow(NotDefinedError);
      run.model.preprocessing = "tf";
      const own = await run.lrp({ composite: "epsilon-gamma-box" });
      const given = await run.lrp({ composite: { ...compositeOf("epsilon-gamma-box"), first: zBoxRule(-1, 1) } });
      expect(own.values).toEqual(given.values);
    });
  });
});

describe("refuses", () => {
  it("a softmax, and says which target to take", async () => {
    await withRun(host.engine, "residual", async (run) => {
      const refused = run.lrp({ target: classProbability(0) });
      await expect(refused).rejects.toThrow(NotDefinedError);
      await expect(refused).rejects.toThrow(/"softmax" of layer "[^"]+"\. Explain a score before it: classLogit/);
    });
  });

  it("a product of two signals", async () => {
    const layers: readonly Layer[] = [
      ["Conv2D", { ...conv, name: "a" }],
      ["Conv2D", { ...conv, name: "b" }],
      ["Multiply", { name: "product" }, ["a", "b"]],
    ];
    await withModel(layers, async (run) => {
      await expect(run.lrp({ target: channel("product", 0) })).rejects.toThrow(/through "mul" of layer "product"/);
    });
  });

  it("composites and numbers that do not exist", async () => {
    expect(() => compositeOf("epsilon-plus-falt" as CompositeName)).toThrow(UnknownNameError);
    expect(() => compositeOf("epsilon-plus-falt" as CompositeName)).toThrow('did you mean "epsilon-plus-flat"?');
    expect(compositeNames).toContain("epsilon-alpha2-beta1-flat");
    expect(() => alphaBetaRule(2, 2)).toThrow("alpha - beta must be 1");
    expect(() => epsilonRule(0)).toThrow(ShapeError);
    expect(() => gammaRule(-1)).toThrow("gamma is -1; a number of at least 0 is wanted");
    await withModel(unbiased, async (run) => {
      const composite = { ...compositeOf("epsilon"), first: zBoxRule([0, 0], 1) };
      await expect(run.lrp({ composite })).rejects.toThrow("2 bounds for an input of [1, 9, 8, 3]");
    });
  });
});

/** Relevance of recorded tensors for the most likely class. */
async function relevanceOf(run: Run, wrt: readonly Tensor[], name: CompositeName): Promise<Float32Array[]> {
  const [best] = await run.predictions(1);
  const question = { run: run.recording, targets: [classLogit(best?.index ?? 0)] };
  return run.recording.encode(() => ({
    tensors: relevance(question, wrt, { composite: compositeOf(name), start: "value" }),
    finish: (data) => data.map((values) => Float32Array.from(values)),
  }));
}
