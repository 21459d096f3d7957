import { describe, expect, it } from "vitest";
import { UnknownNameError } from "../../src/errors.ts";
import { resnet50WeightLayers } from "../../src/nn/applications/resnet-names.ts";
import { resnet50 } from "../../src/nn/applications/resnet50.ts";
import { vgg16 } from "../../src/nn/applications/vgg16.ts";
import type { Model } from "../../src/nn/model.ts";
import { noEngine } from "./support.ts";

const names = (model: Model) => model.layers.map((layer) => layer.name);

describe("VGG16", () => {
  it("has Keras' layers, shapes and parameters", () => {
    const model = vgg16(noEngine);
    expect(names(model).join(" ")).toBe(
      "input_1 block1_conv1 block1_conv2 block1_pool block2_conv1 block2_conv2 block2_pool " +
        "block3_conv1 block3_conv2 block3_conv3 block3_pool block4_conv1 block4_conv2 block4_conv3 block4_pool " +
        "block5_conv1 block5_conv2 block5_conv3 block5_pool flatten fc1 fc2 predictions",
    );
    expect(model.countParams()).toEqual({ total: 138_357_544, trainable: 138_357_544, nonTrainable: 0 });
    expect(model.inputShape).toEqual([null, 224, 224, 3]);
    expect(model.outputShape).toEqual([null, 1000]);
    expect(model.layer("block5_conv3").outputShape).toEqual([null, 14, 14, 512]);
    expect(model.layer("flatten").outputShape).toEqual([null, 25_088]);
  });

  it("lists its weights in the order and shapes of Keras' files", () => {
    const slots = vgg16(noEngine).weightSlots();
    expect(slots.length).toBe(32);
    expect(slots[0]).toEqual({ layer: "block1_conv1", name: "kernel", shape: [3, 3, 3, 64] });
    expect(slots[26]).toEqual({ layer: "fc1", name: "kernel", shape: [25_088, 4096] });
    expect(slots[31]).toEqual({ layer: "predictions", name: "bias", shape: [1000] });
  });

  it("takes images of any size without its top, and other classes with it", () => {
    const open = vgg16(noEngine, { includeTop: false });
    expect(open.countParams().total).toBe(14_714_688);
    expect(open.outputShape).toEqual([null, null, null, 512]);
    expect(vgg16(noEngine, { classes: 10 }).outputShape).toEqual([null, 10]);
  });
});

describe("ResNet50", () => {
  const keras = resnet50(noEngine);

  it("has Keras' 177 layers and parameters", () => {
    expect(keras.layers.length).toBe(177);
    expect(keras.countParams()).toEqual({ total: 25_636_712, trainable: 25_583_592, nonTrainable: 53_120 });
    expect(names(keras).slice(0, 21).join(" ")).toBe(
      "input_1 conv1_pad conv1_conv conv1_bn conv1_relu pool1_pad pool1_pool conv2_block1_1_conv conv2_block1_1_bn " +
        "conv2_block1_1_relu conv2_block1_2_conv conv2_block1_2_bn conv2_block1_2_relu conv2_block1_0_conv " +
        "conv2_block1_3_conv conv2_block1_0_bn conv2_block1_3_bn conv2_block1_add conv2_block1_out " +
        "conv2_block2_1_conv conv2_block2_1_bn",
    );
    expect(names(keras).slice(-5).join(" ")).toBe(
      "conv5_block3_3_bn conv5_block3_add conv5_block3_out avg_pool predictions",
    );
    expect(keras.layer("conv1_bn").config.epsilon).toBe(1.001e-5);
  });

  it("has the stages' shapes", () => {
    const shapes = ["conv1_conv", "pool1_pool", "conv2_block3_out", "conv3_block1_1_conv", "conv3_block4_out"];
    expect(shapes.map((name) => keras.layer(name).outputShape.slice(1))).toEqual([
      [112, 112, 64],
      [56, 56, 64],
      [56, 56, 256],
      [28, 28, 128],
      [28, 28, 512],
    ]);
    expect(keras.layer("conv4_block6_out").outputShape).toEqual([null, 14, 14, 1024]);
    expect(keras.layer("conv5_block3_out").outputShape).toEqual([null, 7, 7, 2048]);
    expect(keras.layer("conv2_block1_add").inputs).toEqual(["conv2_block1_0_bn", "conv2_block1_3_bn"]);
    expect(keras.layer("conv2_block2_add").inputs).toEqual(["conv2_block1_out", "conv2_block2_3_bn"]);
  });

  it("ends at conv5_block3_out without its top", () => {
    const open = resnet50(noEngine, { includeTop: false });
    expect(open.layers.length).toBe(175);
    expect(open.outputNames).toEqual(["conv5_block3_out"]);
    expect(open.countParams().total).toBe(23_587_712);
    expect(() => open.layer("fc1000")).toThrow(UnknownNameError);
  });

  it.each([
    ["activation_1", "conv1_relu"],
    ["activation_49", "conv5_block3_out"],
    ["activation_4", "conv2_block1_out"],
    ["res2a_branch1", "conv2_block1_0_conv"],
    ["bn2a_branch1", "conv2_block1_0_bn"],
    ["res4f_branch2b", "conv4_block6_2_conv"],
    ["res5c_branch2c", "conv5_block3_3_conv"],
    ["add_16", "conv5_block3_add"],
    ["max_pooling2d_1", "pool1_pool"],
    ["fc1000", "predictions"],
  ])("knows %s as %s and the other way round", (old, now) => {
    expect(keras.layer(old)).toBe(keras.layer(now));
    const before = resnet50(noEngine, { generation: "old" });
    expect(before.layer(now).name).toBe(old);
  });

  it("has an old generation with the same shapes layer by layer", () => {
    const before = resnet50(noEngine, { generation: "old" });
    expect(before.countParams()).toEqual(keras.countParams());
    for (const [old, now] of resnet50WeightLayers) {
      const shapes = (model: Model, name: string) => model.layer(name).weights.map(({ shape }) => shape);
      expect(shapes(before, old)).toEqual(shapes(keras, now));
    }
    expect(resnet50WeightLayers.length).toBe(2 * 53 + 1);
    expect(names(before).slice(13, 17)).toEqual(["res2a_branch2c", "res2a_branch1", "bn2a_branch2c", "bn2a_branch1"]);
    expect(before.layer("bn_conv1").config.epsilon).toBe(1e-3);
  });

  it("suggests the name that was meant", () => {
    expect(() => keras.layer("conv5_block3_outt")).toThrow('did you mean "conv5_block3_out"?');
    expect(() => keras.layer("activation_94")).toThrow(/did you mean "activation_\d+"/);
    expect(() => keras.layer("nothing at all like it")).toThrow(/layers: input_1, conv1_pad, .* and 169 more/);
  });
});

describe("summaries", () => {
  it("print a table with totals", () => {
    const lines = vgg16(noEngine).summary().split("\n");
    expect(lines[0]).toBe('Model: "vgg16"');
    expect(lines[2]).toMatch(/^ Layer \(type\) +Output Shape +Param #$/);
    expect(lines[5]).toMatch(/^ block1_conv1 \(Conv2D\) +\(None, 224, 224, 64\) +1,792$/);
    expect(lines.at(-3)).toBe("Total params: 138,357,544 (527.79 MB)");
    expect(lines.at(-2)).toBe("Trainable params: 138,357,544 (527.79 MB)");
    expect(lines.at(-1)).toBe("Non-trainable params: 0 (0 B)");
  });

  it("say what is connected to what where the layers are no plain chain", () => {
    const model = resnet50(noEngine);
    expect(model.summary()).toMatch(/conv2_block1_add \(Add\) .* 0 {2}conv2_block1_0_bn, conv2_block1_3_bn\n/);
    expect(model.summary()).toContain("Non-trainable params: 53,120 (207.50 KB)");
    expect(model.summaryRows().at(-1)).toEqual({
      name: "predictions",
      className: "Dense",
      outputShape: [null, 1000],
      params: 2_049_000,
      connectedTo: ["avg_pool"],
    });
  });
});
