import { describe, expect, it } from "vitest";
import { UnknownNameError, WeightsFormatError } from "../../src/errors.ts";
import { application, applicationConfig, applications } from "../../src/nn/applications/application.ts";
import { resnet50Config } from "../../src/nn/applications/resnet50.ts";
import { vgg16Config } from "../../src/nn/applications/vgg16.ts";
import { Model } from "../../src/nn/model.ts";
import { knownFile } from "../../weights/registry.ts";
import { noEngine } from "./support.ts";

/** Keras' `count_params()` with `include_top=False`, and the channels of the last feature maps. */
const withoutTop: readonly (readonly [name: string, parameters: number, channels: number])[] = [
  ["vgg16", 14_714_688, 512],
  ["vgg19", 20_024_384, 512],
  ["resnet50", 23_587_712, 2048],
  ["resnet101", 42_658_176, 2048],
  ["resnet152", 58_370_944, 2048],
  ["resnet50v2", 23_564_800, 2048],
  ["resnet101v2", 42_626_560, 2048],
  ["resnet152v2", 58_331_648, 2048],
  ["mobilenet", 3_228_864, 1024],
  ["mobilenetv2", 2_257_984, 1280],
  ["mobilenetv3small", 939_120, 576],
  ["mobilenetv3large", 2_996_352, 960],
  ["densenet121", 7_037_504, 1024],
  ["densenet169", 12_642_880, 1664],
  ["densenet201", 18_321_984, 1920],
  ["inceptionv3", 21_802_784, 2048],
  ["xception", 20_861_480, 2048],
  ["efficientnetb0", 4_049_571, 1280],
  ["efficientnetb1", 6_575_239, 1280],
  ["efficientnetb2", 7_768_569, 1408],
  ["efficientnetb3", 10_783_535, 1536],
  ["efficientnetb4", 17_673_823, 1792],
  ["efficientnetb5", 28_513_527, 2048],
  ["efficientnetb6", 40_960_143, 2304],
  ["efficientnetb7", 64_097_687, 2560],
  ["nasnetmobile", 4_269_716, 1056],
  ["convnexttiny", 27_820_128, 768],
];

it("knows every application once", () => {
  expect(applications.map(({ name }) => name)).toEqual(withoutTop.map(([name]) => name));
});

describe.each(withoutTop)("%s", (name, parameters, channels) => {
  const { inputSize, preprocessing, parameters: all } = applications.find((one) => one.name === name) ?? {};

  it("has its shapes, its parameters and its weight files", () => {
    const whole = application(noEngine, name);
    expect(whole.inputShape).toEqual([null, inputSize, inputSize, 3]);
    expect(whole.outputShape).toEqual([null, 1000]);
    expect(whole.countParams().total).toBe(all);
    expect(whole.preprocessing).toBe(preprocessing);
    expect(knownFile(name).urls[0]).toMatch(/^https:\/\/storage\.googleapis\.com\/.*\.h5$/);
  });

  it("ends at its feature maps without its top", () => {
    const open = application(noEngine, name, { includeTop: false });
    expect(open.outputShape).toEqual([null, null, null, channels]);
    expect(open.countParams().total).toBe(parameters);
    expect(knownFile(`${name}-notop`).urls[0]).toMatch(/no_?-?top/);
  });

  it("takes other numbers of classes", () => {
    expect(application(noEngine, name, { classes: 7 }).outputShape).toEqual([null, 7]);
  });
});

describe("names", () => {
  it("may be written as Keras writes them", () => {
    expect(application(noEngine, "EfficientNetB0").name).toBe("efficientnetb0");
  });

  it("that are unknown are answered with the nearest one", () => {
    expect(() => application(noEngine, "mobilnet")).toThrow(UnknownNameError);
    expect(() => application(noEngine, "mobilnet")).toThrow('did you mean "mobilenet"?');
    expect(() => application(noEngine, "constructor")).toThrow(UnknownNameError);
  });

  it("of layers may be those of the published files", () => {
    const mobilenet = application(noEngine, "mobilenetv3small");
    expect(mobilenet.layer("expanded_conv/squeeze_excite/Conv_1").name).toBe("expanded_conv_squeeze_excite_conv_1");
    expect(application(noEngine, "densenet121").layer("conv1/bn").name).toBe("conv1_bn");
    expect(application(noEngine, "resnet50").layer("activation_49").name).toBe("conv5_block3_out");
  });
});

it("refuses numbers of classes that are none", () => {
  for (const classes of [0, -1, 2.5, Number.NaN])
    expect(() => applicationConfig("vgg16", { classes })).toThrow(WeightsFormatError);
});

it("agrees with the builders of VGG16 and ResNet50, layer by layer", () => {
  for (const [name, config] of [
    ["vgg16", vgg16Config()],
    ["resnet50", resnet50Config()],
  ] as const) {
    const facts = (model: Model) =>
      model.layers.slice(1).map(({ name: layer, outputShape, weights }) => ({ layer, outputShape, weights }));
    expect(facts(application(noEngine, name))).toEqual(facts(Model.fromConfig(noEngine, config)));
  }
});

it("pads as Keras does where the size decides, and where it is open", () => {
  const padding = (includeTop: boolean) =>
    application(noEngine, "efficientnetb1", { includeTop }).layer("block6a_dwconv_pad").config.padding;
  expect(padding(true)).toEqual([
    [2, 2],
    [2, 2],
  ]);
  expect(padding(false)).toEqual([
    [1, 2],
    [1, 2],
  ]);
});
