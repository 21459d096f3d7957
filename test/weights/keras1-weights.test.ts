// Theano's kernels are turned whatever the file calls their layers: one that stays as it is may fit, and be wrong.
import { expect, test } from "vitest";
import type { Layer } from "../../src/nn/graph.ts";
import { modernise } from "../../weights/keras1-weights.ts";
import { matchFile } from "../../weights/match-file.ts";
import type { ModelFile, StoredLayer } from "../../weights/model-file.ts";

const stored = Float32Array.from({ length: 9 }, (_, i) => i);
const turned = [8, 7, 6, 5, 4, 3, 2, 1, 0];

function conv(name: string): Layer {
  const weights = [{ name: "kernel", shape: [3, 3, 1, 1], trainable: true }];
  const config = { data_format: "channels_last" };
  return { name, className: "Conv2D", config, outputShape: [null, 3, 3, 1], channelsFirst: false, weights, inputs: [] };
}

function theanoFile(...weights: readonly (readonly [layer: string, name: string])[]): ModelFile {
  const layers = weights.map(([layer, name]): StoredLayer => {
    const read = () => stored.slice();
    return {
      name: layer,
      weights: [{ layer, name, shape: [3, 3, 1, 1], dtype: "f32", sizeBytes: 36, read, readRows: read }],
    };
  });
  const about = { name: "th.h5", format: "keras-h5", kerasVersion: "2.1.6", backend: "theano" };
  return { ...about, layers, naming: "layer", close() {} };
}

function valuesOf(file: ModelFile, layers: readonly Layer[], aliases = new Map<string, string>()) {
  const slots = layers.flatMap(({ name, weights }) =>
    weights.map((weight) => ({ ...weight, layer: name, name: weight.name })),
  );
  const modern = modernise(file, layers, { aliases });
  const pairs = matchFile(modern.file, { slots, config: undefined, aliases });
  return pairs.map(({ slot, stored: weight }) => [slot.layer, weight.layer, [...weight.read()]]);
}

test("layers with other made-up numbers than the model's", () => {
  const file = theanoFile(["conv2d_1", "conv2d_1/kernel:0"], ["conv2d_2", "conv2d_2/kernel:0"]);
  expect(valuesOf(file, [conv("conv2d"), conv("conv2d_1")])).toEqual([
    ["conv2d", "conv2d_1", turned],
    ["conv2d_1", "conv2d_2", turned],
  ]);
});

test("a layer that goes by another name", () => {
  const file = theanoFile(["res2a", "res2a/kernel:0"]);
  expect(valuesOf(file, [conv("conv2")], new Map([["res2a", "conv2"]]))).toEqual([["conv2", "res2a", turned]]);
});

test("a layer of a model in a nested model", () => {
  const file = theanoFile(["outer", "conv/kernel:0"]);
  expect(valuesOf(file, [conv("outer/inner/conv")])).toEqual([["outer/inner/conv", "outer", turned]]);
});
