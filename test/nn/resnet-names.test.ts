import { expect, test } from "vitest";
import { resnet50Aliases, resnet50Layers, resnet50WeightLayers } from "../../src/nn/applications/resnet-names.ts";

test("53 convolutions, 53 batch norms and the classifier", () => {
  expect(resnet50WeightLayers).toHaveLength(107);
  expect(resnet50WeightLayers.filter(([, name]) => name.endsWith("_conv"))).toHaveLength(53);
  expect(resnet50WeightLayers.filter(([, name]) => name.endsWith("_bn"))).toHaveLength(53);
});

test.each([
  ["conv1", "conv1_conv"],
  ["bn_conv1", "conv1_bn"],
  ["res2a_branch1", "conv2_block1_0_conv"],
  ["bn2a_branch1", "conv2_block1_0_bn"],
  ["res2a_branch2a", "conv2_block1_1_conv"],
  ["res3d_branch2c", "conv3_block4_3_conv"],
  ["bn4f_branch2b", "conv4_block6_2_bn"],
  ["res5c_branch2c", "conv5_block3_3_conv"],
  ["fc1000", "predictions"],
  ["activation_1", "conv1_relu"],
  ["activation_2", "conv2_block1_1_relu"],
  ["activation_4", "conv2_block1_out"],
  ["activation_10", "conv2_block3_out"],
  ["activation_11", "conv3_block1_1_relu"],
  ["activation_22", "conv3_block4_out"],
  ["activation_40", "conv4_block6_out"],
  ["activation_49", "conv5_block3_out"],
  ["add_16", "conv5_block3_add"],
  ["max_pooling2d_1", "pool1_pool"],
  ["res4f_branch2b", "conv4_block6_2_conv"],
])("%s is now %s", (oldName, newName) => {
  expect(resnet50Aliases("new").get(oldName)).toBe(newName);
  expect(resnet50Aliases("old").get(newName)).toBe(oldName);
});

test("no name stands twice, and unknown names have no counterpart", () => {
  expect(new Set(resnet50Layers.map(([name]) => name)).size).toBe(resnet50Layers.length);
  expect(new Set(resnet50Layers.map(([, name]) => name)).size).toBe(resnet50Layers.length);
  expect(resnet50Aliases("new").get("activation_50")).toBeUndefined();
  expect(resnet50Aliases("new").get("res2b_branch1")).toBeUndefined();
  expect(resnet50Aliases("old").get("conv5_block3_3_bn")).toBe("bn5c_branch2c");
  expect(resnet50Aliases("new").get("bn5c_branch2c")).toBe("conv5_block3_3_bn");
});
