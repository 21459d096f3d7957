import { describe, expect, test } from "vitest";
import type { WeightSlot } from "../../weights/assign.ts";
import { matchWeightsByClass } from "../../weights/assign-by-class.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { toSnakeCase } from "../../weights/class-names.ts";
import type { StoredLayer } from "../../weights/model-file.ts";
import { openModelFile } from "../../weights/open.ts";
import { readFixture } from "../support/fixture.ts";
import { messageOf } from "./damaged.ts";
import { readExpected, type StoredModel } from "./keras3-expected.ts";

const open = async (name: string) =>
  await openModelFile(bytesSource(await readFixture(`fixtures/keras3/${name}`), name));

const slotsOf = (model: StoredModel): WeightSlot[] =>
  model.weights.map(([layer, name, , , shape]) => ({ layer, name, shape }));

test.each([
  ["Conv2D", "conv2d"],
  ["Conv2DTranspose", "conv2d_transpose"],
  ["DepthwiseConv2D", "depthwise_conv2d"],
  ["SeparableConv2D", "separable_conv2d"],
  ["BatchNormalization", "batch_normalization"],
  ["GlobalAveragePooling2D", "global_average_pooling2d"],
  ["PReLU", "p_re_lu"],
  ["ELU", "elu"],
  ["LayerNormalization", "layer_normalization"],
  ["InputLayer", "input_layer"],
  ["My-Layer", "my_layer"],
])("%s is %s", (className, snake) => {
  expect(toSnakeCase(className)).toBe(snake);
});

describe("every layout that Keras wrote gives every layer its own values", () => {
  test.each([
    ["functional.keras", "functional"],
    ["functional.weights.h5", "functional"],
    ["functional-3.0.weights.h5", "functional"],
    ["functional-by-name.weights.h5", "functional"],
    ["tf.keras", "tf"],
    ["tf.weights.h5", "tf"],
    ["tf-2.13.keras", "tf"],
    ["tf-2.13.weights.h5", "tf"],
    ["tf-windows.weights.h5", "tf"],
    ["sequential-float16.keras", "sequential"],
    ["sequential-bfloat16.keras", "sequential"],
  ] as const)("%s", async (name, model) => {
    const expected = (await readExpected())[model];
    const file = await open(name);
    const pairs = matchWeightsByClass(slotsOf(expected), file, file.config ?? expected.config);
    expect(pairs.map(({ slot }) => slot)).toEqual(slotsOf(expected));
    for (const { slot, stored } of pairs) expect(stored.read()).toEqual(expected.values(slot.layer, slot.name));
    file.close();
  });
});

const layer = (className: string, name: string) => ({ class_name: className, config: { name } });
const sequential = (...layers: readonly object[]) => ({ class_name: "Sequential", config: { name: "m", layers } });
const dense = (name: string, shape: readonly number[] = [2, 2]): WeightSlot => ({ layer: name, name: "kernel", shape });

type Stored = readonly [group: string, ownName: string, ...weights: (readonly [string, readonly number[], string?])[]];

function fileOf(...groups: readonly Stored[]) {
  const read = (): Float32Array => new Float32Array(0);
  const layers = groups.map(([name, ownName, ...weights]): StoredLayer => {
    const stored = weights.map(([key, shape, dtype = "f32"]) => ({ layer: name, name: `vars/${key}`, shape, dtype }));
    return { name, ownName, weights: stored.map((weight) => ({ ...weight, sizeBytes: 0, read, readRows: read })) };
  });
  return { name: "tiny.weights.h5", layers };
}

function groupsOf(slots: readonly WeightSlot[], file: ReturnType<typeof fileOf>, config: unknown): string[] {
  return matchWeightsByClass(slots, file, config).map(({ slot, stored }) => `${slot.layer} ${stored.layer}`);
}

const kernel = ["0", [2, 2]] as const;
const two = sequential(layer("Dense", "b"), layer("Dense", "a"));
const twoSlots = [dense("b"), dense("a")];

describe("which group is whose", () => {
  test("the number counts layers of the class, weights or none, in the order of the config", () => {
    const file = fileOf(["layers/dense", "", kernel], ["layers/dense_1", "", kernel]);
    expect(groupsOf(twoSlots, file, two)).toEqual(["b layers/dense", "a layers/dense_1"]);
    const config = sequential(layer("Activation", "x"), layer("Dense", "b"), layer("Conv2D", "c"), layer("Dense", "a"));
    expect(groupsOf(twoSlots, file, config)).toEqual(["b layers/dense", "a layers/dense_1"]);
  });

  test("the path counts, as in Keras, even where names say otherwise: they are of another instance of the model", () => {
    const file = fileOf(["layers/dense", "a", kernel], ["layers/dense_1", "b", kernel]);
    expect(groupsOf(twoSlots, file, two)).toEqual(["b layers/dense", "a layers/dense_1"]);
  });

  test("names serve where the paths do not fit and all of them do", () => {
    const slots = [dense("b", [2, 3]), dense("a")];
    const file = fileOf(["layers/dense", "a", kernel], ["layers/dense_1", "b", ["0", [2, 3]]]);
    expect(groupsOf(slots, file, two)).toEqual(["b layers/dense_1", "a layers/dense"]);
    const attributes = fileOf(["a", "a", kernel], ["b", "b", kernel]);
    expect(groupsOf(twoSlots, attributes, two)).toEqual(["b b", "a a"]);
    expect(groupsOf(twoSlots, attributes, undefined)).toEqual(["b b", "a a"]);
  });

  test("a class of a package, and a functional model under its old class", () => {
    const inner = { class_name: "Model", config: { name: "inner", layers: [layer("Custom>MyDense", "a")] } };
    const file = fileOf(["layers/functional/layers/my_dense", "", kernel]);
    expect(groupsOf([dense("inner/a")], file, sequential(inner))).toEqual([
      "inner/a layers/functional/layers/my_dense",
    ]);
  });

  test("a counter behind the weights of a Normalization layer is no weight", () => {
    const slots = ["mean", "variance"].map((name) => ({ layer: "n", name, shape: [3] }));
    const weights = [
      ["0", [3]],
      ["1", [3]],
      ["2", [], "i32"],
    ] as const;
    const pairs = matchWeightsByClass(
      slots,
      fileOf(["layers/normalization", "", ...weights]),
      sequential(layer("Normalization", "n")),
    );
    expect(pairs.map(({ stored }) => stored.name)).toEqual(["vars/0", "vars/1"]);
  });

  test("variables that have names go by them", () => {
    const slots = ["kernel", "bias"].map((name) => ({ layer: "a", name, shape: [2] }));
    const file = fileOf(["layers/dense", "", ["bias", [2]], ["kernel", [2]]]);
    const pairs = matchWeightsByClass(slots, file, sequential(layer("Dense", "a")));
    expect(pairs.map(({ slot, stored }) => `${slot.name} ${stored.name}`)).toEqual([
      "kernel vars/kernel",
      "bias vars/bias",
    ]);
  });
});

describe("what does not fit", () => {
  test("is all in one message", () => {
    const slots = [dense("b"), dense("a", [4, 2]), { layer: "a", name: "bias", shape: [2] }, dense("gone")];
    const config = sequential(layer("Dense", "b"), layer("Dense", "a"), layer("Conv2D", "gone"));
    const file = fileOf(
      ["layers/dense", "b", ["0", [2, 3]]],
      ["layers/dense_1", "a", ["0", [4, 2]]],
      ["layers/dense_2", "head", ["0", [2, 9]]],
      ["", "", ["0", [1]]],
    );
    const text = messageOf(() => matchWeightsByClass(slots, file, config));
    expect(text).toContain("tiny.weights.h5 does not fit the model (5 differences)");
    expect(text).toContain(
      'layer "b" (group "layers/dense" (called "b")): kernel ("vars/0") is 2x3, the model wants 2x2',
    );
    expect(text).toContain(
      'layer "a" (group "layers/dense_1" (called "a")): the file has vars/0 4x2, the model wants kernel 4x2, bias 2',
    );
    expect(text).toContain('layer "gone": missing (kernel 2x2); the file has no group "layers/conv2d"');
    expect(text).toContain('group "layers/dense_2" (called "head") 2x9 has no layer in the model');
    expect(text).toContain('group "vars" 1 has no layer in the model');
  });

  test("numbers with a hole, and two weights of one place", () => {
    const slots = ["kernel", "bias"].map((name) => ({ layer: "a", name, shape: [2] }));
    const config = sequential(layer("Dense", "a"));
    const hole = fileOf(["layers/dense", "", ["0", [2]], ["2", [2]]]);
    expect(messageOf(() => matchWeightsByClass(slots, hole, config))).toContain("the file has vars/0 2, vars/2 2");
    const twice = fileOf(["layers/dense", "", ["kernel", [2]], ["kernel_1", [2]]]);
    expect(messageOf(() => matchWeightsByClass(slots, twice, config))).toContain("the model wants kernel 2, bias 2");
  });

  test("a file of a layer more, or less, of one class", async () => {
    const { tf } = await readExpected();
    const file = await open("tf-2.13.weights.h5");
    const short = slotsOf(tf).filter((slot) => slot.layer !== "dense");
    expect(messageOf(() => matchWeightsByClass(short, file, tf.config))).toContain("has no layer in the model");
    file.close();
  });
});
