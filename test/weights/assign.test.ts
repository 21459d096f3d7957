import { expect, test } from "vitest";
import { resnet50Aliases } from "../../src/nn/applications/resnet-names.ts";
import { matchWeights, type WeightSlot } from "../../weights/assign.ts";
import { bytesSource } from "../../weights/byte-source.ts";
import { openKerasH5 } from "../../weights/keras-h5.ts";
import type { StoredWeight } from "../../weights/model-file.ts";
import { weightRole } from "../../weights/weight-role.ts";
import { readFixture } from "../support/fixture.ts";
import { messageOf } from "./damaged.ts";

type Described = readonly [layer: string, name: string, shape: readonly number[]];

function fileOf(...weights: readonly Described[]) {
  const stored = weights.map(([layer, name, shape]): StoredWeight => {
    const read = (): Float32Array => new Float32Array(0);
    return { layer, name, shape, dtype: "f32", sizeBytes: 0, read, readRows: read };
  });
  return { name: "tiny.h5", layers: stored.map((weight) => ({ name: weight.layer, weights: [weight] })) };
}

function slotsOf(...slots: readonly Described[]): WeightSlot[] {
  return slots.map(([layer, name, shape]) => ({ layer, name, shape }));
}

const conv = slotsOf(["c", "kernel", [3, 3, 1, 2]], ["c", "bias", [2]]);

test.each([
  ["conv1_conv/kernel:0", "kernel"],
  ["conv1/kernel_1:0", "kernel"],
  ["block1_conv1_W_1:0", "kernel"],
  ["block1_conv1_b_1:0", "bias"],
  ["dense_2_b", "bias"],
  ["a/b/bn/gamma:0", "gamma"],
  ["bn_beta", "beta"],
  ["bn_conv1_running_std_1:0", "moving_variance"],
  ["bn/running_mean:0", "moving_mean"],
  ["moving_variance:0", "moving_variance"],
  ["conv_dw_1/depthwise_kernel:0", "depthwise_kernel"],
  ["param_0", undefined],
  ["kernel/x:0", undefined],
  ["subkernel:0", undefined],
])("the role of %s is %s", (name, role) => {
  expect(weightRole(name)).toBe(role);
});

test("by name, whatever the order in the file", () => {
  const file = fileOf(["c", "c/bias:0", [2]], ["c", "c/kernel:0", [3, 3, 1, 2]]);
  expect(matchWeights(conv, file).map(({ slot, stored }) => [slot.name, stored.name])).toEqual([
    ["kernel", "c/kernel:0"],
    ["bias", "c/bias:0"],
  ]);
});

test("batch-norm weights of one shape are told apart by name alone", () => {
  const names = ["moving_variance", "beta", "moving_mean", "gamma"];
  const slots = slotsOf(...names.map((name): Described => ["bn", name, [4]]));
  const file = fileOf(...[...names].reverse().map((name): Described => ["bn", `bn/${name}:0`, [4]]));
  for (const { slot, stored } of matchWeights(slots, file)) expect(stored.name).toBe(`bn/${slot.name}:0`);
});

test("names that tell nothing: Keras' order when the shapes agree, another order only when there is one", () => {
  const inOrder = fileOf(["c", "param_0", [3, 3, 1, 2]], ["c", "param_1", [2]]);
  expect(matchWeights(conv, inOrder).map((pair) => pair.stored.name)).toEqual(["param_0", "param_1"]);
  const turned = fileOf(["c", "param_1", [2]], ["c", "param_0", [3, 3, 1, 2]]);
  expect(matchWeights(conv, turned).map((pair) => pair.stored.name)).toEqual(["param_0", "param_1"]);
  const mixed = slotsOf(["d", "kernel", [2, 2]], ["d", "bias", [2]], ["d", "extra", [2]]);
  const unclear = fileOf(["d", "p", [2]], ["d", "q", [2, 2]], ["d", "r", [2]]);
  expect(messageOf(() => matchWeights(mixed, unclear))).toContain("names that tell nothing");
});

test("aliases: either generation of ResNet50 fills a model of either", () => {
  const oldFile = fileOf(
    ["res2a_branch1", "res2a_branch1_W:0", [1, 1, 64, 256]],
    ["res2a_branch2c", "res2a_branch2c_W:0", [1, 1, 64, 256]],
  );
  const slots = slotsOf(
    ["conv2_block1_3_conv", "kernel", [1, 1, 64, 256]],
    ["conv2_block1_0_conv", "kernel", [1, 1, 64, 256]],
  );
  const pairs = matchWeights(slots, oldFile, { aliases: resnet50Aliases("new") });
  expect(pairs.map((pair) => pair.stored.layer)).toEqual(["res2a_branch2c", "res2a_branch1"]);
});

test("a nested model's weights find the inner layers", async () => {
  const file = await openKerasH5(bytesSource(await readFixture("fixtures/weights/nested.h5"), "nested.h5"));
  const slots = slotsOf(
    ["out", "kernel", [2, 2]],
    ["inner_fc", "kernel", [4, 2]],
    ["inner_conv", "bias", [4]],
    ["inner_conv", "kernel", [3, 3, 2, 4]],
  );
  const pairs = matchWeights(slots, file);
  expect(pairs.map((pair) => `${pair.stored.layer}: ${pair.stored.name}`)).toEqual([
    "out: out/kernel:0",
    "inner: inner_fc/kernel:0",
    "inner: inner_conv/bias:0",
    "inner: inner_conv/kernel:0",
  ]);
  file.close();
});

test("a depthwise kernel that the file calls plainly W", () => {
  const slots = slotsOf(["dw", "depthwise_kernel", [3, 3, 8, 1]]);
  expect(matchWeights(slots, fileOf(["dw", "dw_W:0", [3, 3, 8, 1]]))).toHaveLength(1);
});

test("everything that is wrong is in one message", () => {
  const slots = [...conv, ...slotsOf(["fc1", "kernel", [4, 10]], ["fc1", "bias", [10]], ["gone", "kernel", [2, 2]])];
  const file = fileOf(
    ["c", "c/kernel:0", [5, 5, 1, 2]],
    ["fc1", "fc1/kernel:0", [4, 10]],
    ["fc1", "fc1/alpha:0", [10]],
    ["gonne", "gonne/kernel:0", [2, 2]],
  );
  const text = messageOf(() => matchWeights(slots, file));
  expect(text).toContain("tiny.h5 does not fit the model (6 differences)");
  expect(text).toContain('layer "c": kernel ("c/kernel:0") is 5x5x1x2, the model wants 3x3x1x2');
  expect(text).toContain('layer "c": bias 2 is missing');
  expect(text).toContain('layer "fc1": bias 10 is missing');
  expect(text).toContain('layer "fc1": "fc1/alpha:0" 10 has no place');
  expect(text).toContain('layer "gone": missing (kernel 2x2); the file has a layer "gonne"');
  expect(text).toContain('"gonne/kernel:0" 2x2 has no layer in the model; the model has "gone"');
});

test("a long list is cut after twenty", () => {
  const slots = slotsOf(...Array.from({ length: 50 }, (_, i): Described => [`layer${i}`, "kernel", [1]]));
  const text = messageOf(() => matchWeights(slots, fileOf()));
  expect(text.split("\n")).toHaveLength(23);
  expect(text).toContain("(50 differences)");
  expect(text).toContain("... and 30 more");
});

test("two weights of one role are one too many", () => {
  const file = fileOf(["c", "c/kernel:0", [3, 3, 1, 2]], ["c", "c/kernel_1:0", [3, 3, 1, 2]], ["c", "c/bias:0", [2]]);
  expect(messageOf(() => matchWeights(conv, file))).toContain('"c/kernel_1:0" 3x3x1x2 has no place');
});

test("a layer's own names for its weights count before what they look like", () => {
  const slots = slotsOf(["c", "gain", [2]], ["c", "b", [2]], ["c", "W", [2]]);
  const file = fileOf(["c", "c/W:0", [2]], ["c", "c/b:0", [2]], ["c", "c/gain:0", [2]]);
  for (const { slot, stored } of matchWeights(slots, file)) expect(stored.name).toBe(`c/${slot.name}:0`);
});

test("what some of the names tell is not overruled by the order", () => {
  const slots = slotsOf(["bn", "gamma", [4]], ["bn", "beta", [4]]);
  const inOrder = fileOf(["bn", "bn/factor:0", [4]], ["bn", "bn/beta:0", [4]]);
  expect(matchWeights(slots, inOrder).map(({ stored }) => stored.name)).toEqual(["bn/factor:0", "bn/beta:0"]);
  const turned = fileOf(["bn", "bn/beta:0", [4]], ["bn", "bn/factor:0", [4]]);
  expect(messageOf(() => matchWeights(slots, turned))).toContain("one way only");
});
