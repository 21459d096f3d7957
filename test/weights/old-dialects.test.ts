import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/tape.ts";
import type { Model } from "../../src/nn/model.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { type LoadModelOptions, loadModel } from "../../weights/load.ts";
import { useEngine } from "../support/engine.ts";
import { readFixture, readJsonFixture } from "../support/fixture.ts";

/** What Keras computed, in its own order of axes. */
interface Expected {
  readonly architecture?: string;
  readonly weights?: string;
  readonly file?: string;
  readonly theano?: boolean;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[];
}

const gpu = useEngine();
const expected = await readJsonFixture<Record<string, Expected>>("fixtures/keras1/expected.json");

const source = async (name: string) => bytesSource(await readFixture(`fixtures/keras1/${name}`), name);

async function load(name: string, options: LoadModelOptions = {}): Promise<Model> {
  const { architecture, weights, file, theano } = expected[name] ?? {};
  const model = await source(architecture ?? file ?? name);
  return loadModel(gpu.engine, model, {
    ...(weights !== undefined && { weights: await source(weights) }),
    ...(theano !== undefined && { theano }),
    ...options,
  });
}

/** [n, c, h, w] as [n, h, w, c], or the other way round. */
function turned(values: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((all, extent) => all * extent, 1));
  const [a = 0, b = 0, c = 0, d = 0] = order.map((axis) => strides[axis]);
  const [A = 0, B = 0, C = 0, D = 0] = order.map((axis) => shape[axis]);
  const result: number[] = [];
  for (let i = 0; i < A; i++)
    for (let j = 0; j < B; j++)
      for (let k = 0; k < C; k++)
        for (let l = 0; l < D; l++) result.push(values[i * a + j * b + k * c + l * d] ?? Number.NaN);
  return Float32Array.from(result);
}

/** An input that Keras was given, as the model wants it. */
function inputOf(model: Model, index: number, shape: readonly number[]): Tensor {
  const count = shape.reduce((all, extent) => all * extent, 1);
  const values = Float32Array.from({ length: count }, (_, i) => ((i * 37 + 11) % 101) / 50 - 1);
  if (!model.layer(model.inputNames[index] ?? "").channelsFirst) return model.engine.tensor(values, shape);
  const order = [0, 2, 3, 1];
  return model.engine.tensor(
    turned(values, shape, order),
    order.map((axis) => shape[axis] ?? 0),
  );
}

/** The largest error of the first output, relative to its largest value. */
async function errorOf(name: string, model: Model): Promise<number> {
  const { inputs = [], outputs = [] } = expected[name] ?? {};
  const given = inputs.map((shape, i) => inputOf(model, i, shape));
  const y = model.forward(given);
  const got = await y.read();
  const { shape = [], values: want = [] } = outputs[0] ?? {};
  const last = model.layer(model.outputNames[0] ?? "");
  const keras = last.channelsFirst ? turned(got, y.shape, [0, 3, 1, 2]) : got;
  expect(last.channelsFirst ? [0, 3, 1, 2].map((axis) => y.shape[axis]) : y.shape).toEqual(shape);
  for (const tensor of [...given, y]) tensor.dispose();
  const scale = Math.max(...want.map(Math.abs));
  return Math.max(...want.map((value, i) => Math.abs(value - (keras[i] ?? Number.NaN)))) / scale;
}

describe("old files and channels first give what Keras gives", () => {
  test.each(Object.keys(expected))("%s", async (name) => {
    using model = await load(name);
    expect(await errorOf(name, model)).toBeLessThan(1e-5);
  });
});

describe("what is assumed", () => {
  test("Theano's kernels, unless turned, give another result", async () => {
    using model = await load("th-sequential", { theano: false });
    expect(model.notes).toEqual([expect.stringMatching(/th-sequential.h5 does not name its backend; TensorFlow was/)]);
    expect(await errorOf("th-sequential", model)).toBeGreaterThan(0.01);
  });

  test("a file that names its backend is believed, whatever the option says", async () => {
    using model = await load("th-backend", { theano: false });
    expect(model.notes).toEqual([
      'Theano placed the windows of conv_1, pool_1 otherwise ("same" with an even size or a stride); they are placed as ' +
        "TensorFlow, and Keras on it, does.",
    ]);
    expect(await errorOf("th-backend", model)).toBeLessThan(1e-5);
  });

  test("layers that do not say their order have that of the backend", async () => {
    using model = await load("th-undecided");
    expect(model.notes).toEqual([
      'dim_ordering is missing (conv_1, pad_1, conv_2, pool_1, and 1 more); "th" (channels first), as on Theano, was assumed.',
      expect.stringMatching(/^Theano placed the windows/),
    ]);
  });
});

describe("images are stored channels last", () => {
  test.each([
    ["th-sequential", [null, 9, 8, 2]],
    ["first-mixed", [null, 7, 6, 3]],
    ["first-map", [null, 6, 5, 2]],
    ["numbered", [null, 7, 6, 1]],
  ])("the input of %s", async (name, shape) => {
    using model = await load(name);
    expect(model.inputShape).toEqual(shape);
  });

  test("the summary has Keras' order, and says what was assumed", async () => {
    using model = await load("th-sequential");
    expect(
      model
        .summaryRows()
        .slice(1, 3)
        .map((row) => row.outputShape),
    ).toEqual([
      [null, 3, 9, 8],
      [null, 3, 10, 11],
    ]);
    expect(model.summary()).toMatch(/\nAssumed: th-sequential.h5 does not name its backend; Theano was assumed/);
  });

  test("axes change places only where a layer sees their order", async () => {
    using model = await load("first-mixed");
    using tape = new Tape(model.engine);
    const x = model.engine.zeros([1, 7, 6, 3]);
    model.forward(x, { tape });
    const labels = tape.nodes.map((node) => node.label);
    x.dispose();
    expect(labels.filter((label) => label.includes("/to_"))).toEqual(["conv_across/to_channels_first"]);
  });
});
