// New heads on old networks: what they compute, that CAM knows them, and that a saved one is the same network.
import { describe, expect, it } from "vitest";
import { ShapeError, UnsupportedLayerError } from "../../src/errors.ts";
import { explain } from "../../src/explain/explain.ts";
import { classLogit } from "../../src/explain/targets.ts";
import { Model } from "../../src/nn/model.ts";
import { type HeadOptions, withHead } from "../../src/train/heads.ts";
import { loadModel } from "../../weights/load.ts";
import { saveModel } from "../../weights/save.ts";
import { fillWeights, functional, inputOf, layerOf, sequential } from "../nn/support.ts";
import { expectClose } from "../support/close.ts";
import { useEngine } from "../support/engine.ts";
import { randomValues } from "../support/random.ts";

const host = useEngine();
const tolerance = { atol: 1e-5, rtol: 1e-5 };
const shape = [2, 6, 4, 3];
const positions = 24;
const channels = 4;

/** conv, and a dense classifier over everything. */
function network(): Model {
  const model = Model.fromConfig(
    host.engine,
    sequential(shape.slice(1), [
      ["Conv2D", { name: "conv", filters: channels, kernel_size: 3, padding: "same", activation: "relu" }],
      ["Flatten", { name: "flat" }],
      ["Dense", { name: "old", units: 9, activation: "softmax" }],
    ]),
  );
  fillWeights(model);
  model.preprocessing = "tf";
  return model;
}

async function outputOf(model: Model, upTo?: string): Promise<Float32Array> {
  using x = host.engine.tensor(randomValues("heads", 144), shape);
  using y = model.forward(x, upTo === undefined ? {} : { upTo });
  return Float32Array.from(await y.read());
}

/** Values of one channel of one picture at all positions. */
function channel(features: Float32Array, row: number, k: number): number[] {
  return Array.from({ length: positions }, (_, at) => features[(row * positions + at) * channels + k] ?? 0);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sharp = 3;
const pooled: readonly (readonly [HeadOptions["head"], (values: readonly number[]) => number])[] = [
  ["gap", mean],
  ["gmp", (values) => Math.max(...values)],
  ["lse", (values) => Math.log(mean(values.map((value) => Math.exp(sharp * value)))) / sharp],
];

describe.each(pooled)("head %s", (head, pool) => {
  it("pools the network's feature maps and weighs them", async () => {
    using model = network();
    using made = withHead(model, { head, classes: 3, sharpness: sharp, activation: "sigmoid" });
    expect(made.preprocessing).toBe("tf");
    expect(made.layers.map(({ name }) => name)).not.toContain("flat");
    const features = await outputOf(model, "conv");
    const kernel = await made.readWeight("head_scores", "kernel");
    const expected = [0, 1].flatMap((row) =>
      [0, 1, 2].map((c) => {
        const values = Array.from({ length: channels }, (_, k) => pool(channel(features, row, k)));
        const score = values.reduce((sum, value, k) => sum + value * (kernel[3 * k + c] ?? 0), 0);
        return 1 / (1 + Math.exp(-score));
      }),
    );
    expectClose(await outputOf(made), expected, tolerance, head);
    expect(kernel.some((weight) => weight !== 0)).toBe(true);
  });

  it("is the same after it was saved and loaded", async () => {
    using model = network();
    using made = withHead(model, { head, classes: 3 });
    const file = await saveModel(made, { format: "h5" });
    using again = await loadModel(host.engine, file);
    expect([...(await outputOf(again))]).toEqual([...(await outputOf(made))]);
  });
});

it("gives CAM what it needs with gap and gmp, and Grad-CAM the same map times a number with lse", async () => {
  using model = network();
  for (const head of ["gap", "gmp", "lse"] as const) {
    using made = withHead(model, { head, classes: 3, seed: 5 });
    using x = host.engine.tensor(randomValues("heads", 72), [1, ...shape.slice(1)]);
    using run = explain(made, x);
    const target = classLogit(1);
    if (head === "lse") await expect(run.cam({ target })).rejects.toThrow(/no global pooling/);
    const { raw } = head === "lse" ? await run.gradCam({ target }) : await run.cam({ target });
    const features = await outputOf(model, "conv");
    const kernel = await made.readWeight("head_scores", "kernel");
    const expected = Array.from({ length: positions }, (_, at) => {
      let sum = 0;
      for (let k = 0; k < channels; k++) sum += (features[at * channels + k] ?? 0) * (kernel[3 * k + 1] ?? 0);
      return head === "lse" ? sum / positions : sum;
    });
    expectClose(raw.data, expected, tolerance, head);
  }
});

it("puts dense layers over everything too", () => {
  using model = network();
  using made = withHead(model, { head: "flatten", classes: 3, units: 5 });
  expect(made.weightSlots().map(({ layer, name, shape: extents }) => `${layer}/${name} ${extents}`)).toEqual([
    "conv/kernel 3,3,3,4",
    "conv/bias 4",
    "head_hidden/kernel 96,5",
    "head_hidden/bias 5",
    "head_scores/kernel 5,3",
    "head_scores/bias 3",
  ]);
});

describe("a functional network with branches", () => {
  const branched = () => {
    const conv = (name: string, input: string) => layerOf("Conv2D", { name, filters: 2, kernel_size: 1 }, [input]);
    const model = Model.fromConfig(
      host.engine,
      functional(
        [
          inputOf([4, 4, 3]),
          conv("left", "image"),
          conv("right", "image"),
          layerOf("Add", { name: "sum" }, ["left", "right"]),
          conv("late", "sum"),
          layerOf("Add", { name: "end" }, ["late", "right"]),
        ],
        ["end"],
      ),
    );
    fillWeights(model);
    return model;
  };

  it("keeps what the layer needs, and nothing else", () => {
    using model = branched();
    using made = withHead(model, { head: "gap", classes: 2, from: "sum" });
    expect(made.layers.map(({ name }) => name)).toEqual(["image", "left", "right", "sum", "head_pool", "head_scores"]);
    using whole = withHead(model, { head: "gap", classes: 2 });
    expect(whole.layers.map(({ name }) => name)).toContain("end");
  });
});

describe("what cannot have a head is refused", () => {
  it("a layer without feature maps, a network without any, open extents under a dense layer", () => {
    using model = network();
    expect(() => withHead(model, { head: "gap", classes: 2, from: "flat" })).toThrow(UnsupportedLayerError);
    expect(() => withHead(model, { head: "gap", classes: 0 })).toThrow(ShapeError);
    using flat = Model.fromConfig(host.engine, sequential([5], [["Dense", { name: "only", units: 2 }]]));
    expect(() => withHead(flat, { head: "gap", classes: 2 })).toThrow(/gives no feature maps/);
    using open = Model.fromConfig(
      host.engine,
      sequential([null, null, 3], [["Conv2D", { name: "c", filters: 2, kernel_size: 1 }]]),
    );
    expect(() => withHead(open, { head: "flatten", classes: 2 })).toThrow(/pictures of any size/);
  });

  it("a model in the model", () => {
    const inner = sequential([4, 4, 3], [["Conv2D", { name: "c", filters: 2, kernel_size: 1 }]]);
    using model = Model.fromConfig(host.engine, {
      class_name: "Sequential",
      config: { name: "outer", layers: [inputOf([4, 4, 3]), { ...inner, name: "inner", inbound_nodes: [] }] },
    });
    fillWeights(model);
    expect(() => withHead(model, { head: "gap", classes: 2 })).toThrow(/part of a model in the model/);
  });
});
