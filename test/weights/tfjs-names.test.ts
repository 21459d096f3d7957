import { expect, test } from "vitest";
import { ownersOf } from "../../weights/tfjs-names.ts";

type Json = Record<string, unknown>;

/** A config with layers of these names; a list stands for a model in a layer's place. */
type Layers = readonly (string | { readonly [name: string]: Layers })[];

function config(layers: Layers): Json {
  const entries = layers.flatMap((layer): Json[] => {
    if (typeof layer === "string") return [{ class_name: "Conv2D", config: { name: layer } }];
    return Object.entries(layer).map(([name, inner]) => {
      const { config: body } = config(inner);
      return { class_name: "Functional", config: { ...(body as Json), name } };
    });
  });
  return { class_name: "Functional", config: { name: "model", layers: entries } };
}

const owners = (layers: Layers, names: readonly string[]) => [...ownersOf(names, config(layers)).values()];

test("a layer by its own name", () => {
  expect(owners(["conv1", "conv1_bn"], ["conv1/kernel", "conv1_bn/gamma"])).toEqual(["conv1", "conv1_bn"]);
  expect(owners(["a/b"], ["a/b/kernel"])).toEqual(["a/b"]);
});

test("a layer inside a nested model, however much of its path the name has", () => {
  const layers = [{ outer: [{ inner: ["conv", "other"] }, "head"] }, "conv2"];
  for (const scope of ["conv", "inner/conv", "outer/inner/conv", "model/inner/conv", "x/y/conv"])
    expect(owners(layers, [`${scope}/kernel`])).toEqual(["outer/inner/conv"]);
  expect(owners(layers, ["head/kernel", "conv2/kernel"])).toEqual(["outer/head", "conv2"]);
});

test("a top layer before one of the same name in a nested model", () => {
  const layers = [{ outer: ["dense"] }, "dense"];
  expect(owners(layers, ["outer/dense/kernel", "dense/kernel"])).toEqual(["outer/dense", "dense"]);
});

test("a name that two nested models have tells nothing without the model's", () => {
  const layers = [{ left: ["dense"] }, { right: ["dense"] }];
  expect(owners(layers, ["left/dense/kernel", "right/dense/kernel"])).toEqual(["left/dense", "right/dense"]);
  expect(owners(layers, ["dense/kernel"])).toEqual(["dense"]);
});

test("one more number on every name: a model that was loaded twice", () => {
  const names = ["conv2d_1", "conv2d_1_1", "conv2d_2_1", "bn_1"].map((name) => `${name}/w`);
  expect(owners(["conv2d", "conv2d_1", "conv2d_2", "bn"], names)).toEqual(["conv2d", "conv2d_1", "conv2d_2", "bn"]);
});

test("one more number on some names: a loaded backbone under a new head", () => {
  const names = ["conv1_1/kernel", "bn1_1/gamma", "dense_1/kernel"];
  expect(owners(["conv1", "bn1", "dense_1"], names)).toEqual(["conv1", "bn1", "dense_1"]);
});

test("numbers are not guessed where two weights would get one layer", () => {
  expect(owners(["conv"], ["conv/kernel", "conv_1/kernel"])).toEqual(["conv", "conv_1"]);
});

test("without a config, and with a malformed one, the name's first part", () => {
  for (const broken of [
    undefined,
    null,
    7,
    "x",
    {},
    { config: 7 },
    { config: { layers: [null, 3, { config: null }] } },
  ])
    expect([...ownersOf(["vgg/conv/kernel", "scale"], broken).values()]).toEqual(["vgg", "scale"]);
});

test("`constructor` and `__proto__` are names like any other", () => {
  expect(owners(["constructor", "__proto__"], ["constructor/w", "__proto__/w", "toString/w"])).toEqual([
    "constructor",
    "__proto__",
    "toString",
  ]);
});

test("twenty thousand names take seconds at most", () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `a/b/c/d/layer_${i}/kernel`);
  const layers = Array.from({ length: 10_000 }, (_, i) => `layer_${i}`);
  const start = performance.now();
  expect(owners(layers, names).slice(0, 2)).toEqual(["layer_0", "layer_1"]);
  expect(performance.now() - start).toBeLessThan(10_000);
});
