// What Keras and TensorFlow do at the edges of their definitions. The numbers are theirs: tf.GradientTape under Keras 3.15
// and tf_keras 2.19.
import { describe, expect, it } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import { ShapeError, WeightsFormatError } from "../../src/errors.ts";
import { Model } from "../../src/nn/model.ts";
import { useEngine } from "../support/engine.ts";
import { failure, functional, inputOf, layerOf, sequential } from "./support.ts";

const on = useEngine();

interface Question {
  readonly keras?: "2.19.0" | "3.15.1";
  readonly className?: string;
  readonly options?: Record<string, unknown>;
  readonly x: readonly number[];
  /** Values of the layer's weights, all of them. */
  readonly weights?: number;
  /** Cotangent of the output; ones unless given. */
  readonly seed?: readonly number[];
}

/** Output and gradient of one layer over a vector. */
async function computed({ keras = "3.15.1", className = "Activation", options = {}, x, weights, seed }: Question) {
  const config = { ...sequential([x.length], [[className, { name: "a", ...options }]]), keras_version: keras };
  using model = Model.fromConfig(on.engine, config);
  for (const { layer, name, shape } of model.weightSlots())
    model.setWeight(layer, name, new Float32Array(shape[0] ?? 1).fill(weights ?? 0));
  using input = on.engine.tensor(x, [1, x.length]);
  using tape = new Tape(on.engine);
  const y = model.forward(input, { tape });
  using cotangent = on.engine.tensor(seed ?? new Float32Array(y.size).fill(1), y.shape);
  const gradients = tape.backward(y, { seed: cotangent, wrt: [input] });
  const [values = [], dx = []] = await on.engine.read([y, ...gradients]);
  for (const gradient of gradients) gradient.dispose();
  const rounded = (list: ArrayLike<number>) => Array.from(list, (value) => Number(value.toPrecision(5)) + 0);
  return { y: rounded(values), dx: rounded(dx) };
}

describe("gradients at corners", () => {
  const activation = (name: string) => ({ options: { activation: name } });

  it.each<[string, Question, number[]]>([
    ["relu", { ...activation("relu"), x: [0, -0] }, [0, 0]],
    ["relu6", { ...activation("relu6"), x: [0, 6] }, [0, 0]],
    ["leaky_relu", { ...activation("leaky_relu"), x: [0] }, [0.2]],
    ["elu", { ...activation("elu"), x: [0] }, [1]],
    ["selu", { ...activation("selu"), x: [0] }, [1.0507]],
    ["hard_sigmoid", { ...activation("hard_sigmoid"), x: [-3, 3] }, [0, 0]],
    ["hard_sigmoid of Keras 2", { ...activation("hard_sigmoid"), keras: "2.19.0", x: [-2.5, 2.5] }, [0.2, 0.2]],
    ["hard_silu", { ...activation("hard_silu"), x: [-3, 3] }, [0, 1]],
    ["hard_tanh", { ...activation("hard_tanh"), x: [-1, 1] }, [1, 1]],
    ["sparse_sigmoid", { ...activation("sparse_sigmoid"), x: [-1, 1] }, [0, 0]],
    ["sparse_plus", { ...activation("sparse_plus"), x: [-1, 1] }, [0, 1]],
    ["soft_shrink", { ...activation("soft_shrink"), x: [-0.5, 0.5] }, [0, 0]],
    ["hard_shrink", { ...activation("hard_shrink"), x: [-0.5, 0.5] }, [0, 0]],
    ["ReLU up to 6", { className: "ReLU", options: { max_value: 6 }, x: [0, 1, 2, 6] }, [0, 1, 1, 0]],
    ["ReLU up to 2", { className: "ReLU", options: { max_value: 2 }, x: [0, 1, 2, 6] }, [0, 1, 1, 0]],
    [
      "ReLU with all options",
      { className: "ReLU", options: { max_value: 2, negative_slope: 0.1, threshold: 1 }, x: [0, 1, 2, 6] },
      [0.1, 0, 1, 0],
    ],
    [
      "leaky ReLU up to 6",
      { className: "ReLU", options: { max_value: 6, negative_slope: 0.1 }, x: [-1, 0, 6] },
      [0.1, 0, 0],
    ],
    ["ThresholdedReLU", { className: "ThresholdedReLU", keras: "2.19.0", x: [0, 1, 2, 6] }, [0, 0, 1, 1]],
    ["LeakyReLU", { className: "LeakyReLU", x: [0, 1] }, [0.3, 1]],
    ["PReLU", { className: "PReLU", weights: 0.25, x: [-1, 0, 1] }, [0.25, 0, 1]],
  ])("%s", async (_, question, wanted) => {
    expect((await computed(question)).dx).toEqual(wanted);
  });
});

describe("UnitNormalization of short vectors", () => {
  it.each<[string, Question, { y: number[]; dx: number[] }]>([
    ["Keras 2", { keras: "2.19.0", x: [3e-7, 4e-7] }, { y: [0.3, 0.4], dx: [1e6, 0] }],
    ["Keras 3", { x: [3e-7, 4e-7] }, { y: [0.6, 0.8], dx: [1.28e6, -9.6e5] }],
    ["Keras 2, nothing", { keras: "2.19.0", x: [0, 0] }, { y: [0, 0], dx: [1e6, 0] }],
    ["Keras 3, nothing", { x: [0, 0] }, { y: [0, 0], dx: [1e12, 0] }],
    ["Keras 2, longer", { keras: "2.19.0", x: [3e-4, 4e-4] }, { y: [0.6, 0.8], dx: [1280, -960] }],
  ])("%s", async (_, question, wanted) => {
    expect(await computed({ ...question, className: "UnitNormalization", seed: [1, 0] })).toEqual(wanted);
  });
});

describe("sparsemax", () => {
  it.each<[readonly number[], number[]]>([
    [
      [-1, 0, 1],
      [0, 0, 1],
    ],
    // not [0.55, 0.45]: the sums do not add up to 1
    [
      [1, 0.9],
      [0.05, 0],
    ],
    [
      [5, 5],
      [0, 0],
    ],
    [
      [-3, -3.1, -3.2, -5],
      [3.4667, 3.3667, 3.2667, 1.4667],
    ],
  ])("of %j is what Keras computes", async (x, wanted) => {
    expect((await computed({ options: { activation: "sparsemax" }, x })).y).toEqual(wanted);
  });

  it("has Keras' gradient", async () => {
    const rows = await Promise.all(
      [0, 1].map(async (i) => {
        const seed = [0, 1, 2, 3].map((j) => Number(i === j));
        return (await computed({ options: { activation: "sparsemax" }, x: [-3, -3.1, -3.2, -5], seed })).dx;
      }),
    );
    expect(rows).toEqual([
      [0, -0.66667, -0.33333, 0],
      [-1, 0.33333, -0.33333, 0],
    ]);
  });
});

describe("glu", () => {
  it("halves the last axis", async () => {
    using model = Model.fromConfig(on.engine, sequential([4], [["Activation", { name: "a", activation: "glu" }]]));
    expect(model.outputShape).toEqual([null, 2]);
    expect(await computed({ options: { activation: "glu" }, x: [1, 2, 0, 1] })).toEqual({
      y: [0.5, 1.4621],
      dx: [0.5, 0.73106, 0.25, 0.39322],
    });
  });

  it("halves the channels of a convolution, and the width where channels come first", () => {
    const conv = { name: "c", filters: 6, kernel_size: [1, 1], activation: "glu" };
    using last = Model.fromConfig(on.engine, sequential([5, 4, 3], [["Conv2D", conv]]));
    expect(last.outputShape).toEqual([null, 5, 4, 3]);
    const options = { ...conv, data_format: "channels_first" };
    using first = Model.fromConfig(on.engine, sequential([3, 5, 4], [["Conv2D", options]]));
    expect(first.layers.at(-1)?.outputShape.toSorted()).toEqual([null, 2, 5, 6].toSorted());
  });

  it("refuses an odd axis", () => {
    const error = failure(sequential([3], [["Activation", { name: "a", activation: "glu" }]]));
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toContain("glu halves the last axis of [null, 3]");
  });
});

describe("a merge of one", () => {
  it.each(["Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"])("%s passes it on", async (name) => {
    const config = functional([inputOf([3]), layerOf(name, { name: "s" }, ["image"])]);
    using model = Model.fromConfig(on.engine, config);
    using x = on.engine.tensor([1, -2, 3], [1, 3]);
    using tape = new Tape(on.engine);
    const y = model.forward(x, { tape });
    expect(tape.node("s").output).toBe(y);
    expect(Array.from(await y.read())).toEqual([1, -2, 3]);
  });
});

describe("numbers in a configuration", () => {
  async function outputOf(shape: readonly number[], className: string, options: Record<string, unknown>) {
    using model = Model.fromConfig(on.engine, sequential(shape, [[className, { name: "a", ...options }]]));
    const size = shape.reduce((all, extent) => all * extent, 1);
    using x = on.engine.tensor(
      Array.from({ length: size }, (_, i) => i + 1),
      [1, ...shape],
    );
    using y = model.forward(x);
    return { shape: y.shape, values: Array.from(await y.read()) };
  }

  it.each<[string, unknown, number[]]>([
    ["one number for each element", [1, 2, 3, 4], [0, 0, 0, 0]],
    ["one for each column", [1, 2], [0, 0, 2, 2]],
    ["one for each row", [[1], [3]], [0, 1, 0, 1]],
    ["one for all", 1, [0, 1, 2, 3]],
  ])("Normalization of two axes with %s", async (_, mean, wanted) => {
    const nested = Array.isArray(mean) && mean.length === 4 ? [mean.slice(0, 2), mean.slice(2)] : mean;
    const ones = (value: unknown): unknown => (Array.isArray(value) ? value.map(ones) : 1);
    const options = { axis: [1, 2], mean: nested, variance: ones(nested) };
    expect((await outputOf([2, 2, 1], "Normalization", options)).values).toEqual(wanted);
  });

  it.each<[string, unknown]>([
    ["half as many as channels", [1, 2]],
    ["one for each row", [[[1]], [[2]], [[3]], [[4]]]],
    ["a ragged list", [[1, 2], [3]]],
    ["none", []],
  ])("Rescaling by %s is refused", (_, scale) => {
    const error = failure(sequential([4, 3, 4], [["Rescaling", { name: "r", scale }]]));
    expect(error).toBeInstanceOf(WeightsFormatError);
    expect(error.message).toContain('scale of Rescaling "r"');
    expect(error.message).toContain("an array that fits [4]");
  });

  it("Rescaling by an array with axes of one element before its last", async () => {
    const { values } = await outputOf([1, 2, 2], "Rescaling", { scale: [[[2, 10]]], offset: 1 });
    expect(values).toEqual([3, 21, 7, 41]);
  });

  it("rows are padded and cut by 1 unless told", async () => {
    expect(await outputOf([3, 1], "ZeroPadding1D", {})).toEqual({ shape: [1, 5, 1], values: [0, 1, 2, 3, 0] });
    expect(await outputOf([3, 1], "Cropping1D", {})).toEqual({ shape: [1, 1, 1], values: [2] });
    expect((await outputOf([3, 1], "Cropping1D", { cropping: [0, 2] })).values).toEqual([1]);
  });

  it("a softmax of all axes at once is refused", () => {
    expect(failure(sequential([3], [["Softmax", { name: "s", axis: null }]])).message).toContain('axis of Softmax "s"');
  });
});
