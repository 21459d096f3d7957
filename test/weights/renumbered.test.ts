import { expect, test } from "vitest";
import type { WeightSlot } from "../../weights/assign.ts";
import { matchWeights } from "../../weights/assign.ts";
import type { StoredLayer } from "../../weights/model-file.ts";
import { renumberedLayers } from "../../weights/renumbered.ts";

type Named = readonly [layer: string, shape: readonly number[]];

const slots = (...layers: readonly Named[]): WeightSlot[] =>
  layers.map(([layer, shape]) => ({ layer, name: "kernel", shape }));

function file(...layers: readonly Named[]): { layers: StoredLayer[] } {
  const read = (): Float32Array => new Float32Array(0);
  const stored = layers.map(([layer, shape]): StoredLayer => {
    const weight = { layer, name: `${layer}/kernel:0`, shape, dtype: "f32", sizeBytes: 0, read, readRows: read };
    return { name: layer, weights: [weight] };
  });
  return { layers: stored };
}

const small = [1, 1, 8, 8];
const large = [3, 3, 8, 8];

test("names that start at another number are paired in order, even where some are the same", () => {
  const model = slots(["conv2d", small], ["conv2d_1", small], ["conv2d_2", small]);
  const stored = file(["conv2d_1", small], ["conv2d_2", small], ["conv2d_3", small]);
  expect([...renumberedLayers(model, stored)]).toEqual([
    ["conv2d_1", "conv2d"],
    ["conv2d_2", "conv2d_1"],
    ["conv2d_3", "conv2d_2"],
  ]);
  const matched = matchWeights(model, stored).map((match) => [match.slot.layer, match.stored.layer]);
  expect(matched).toEqual([
    ["conv2d", "conv2d_1"],
    ["conv2d_1", "conv2d_2"],
    ["conv2d_2", "conv2d_3"],
  ]);
});

test("10 comes after 9", () => {
  const model = slots(["dense", small], ["dense_1", large]);
  const stored = file(["dense_10", large], ["dense_9", small]);
  expect(renumberedLayers(model, stored).get("dense_10")).toBe("dense_1");
});

test("equal names, other shapes, other counts and chosen names are left alone", () => {
  const same = slots(["conv2d", small], ["conv2d_1", small]);
  expect(renumberedLayers(same, file(["conv2d_1", small], ["conv2d", small])).size).toBe(0);
  expect(renumberedLayers(same, file(["conv2d_1", small], ["conv2d_2", large])).size).toBe(0);
  expect(renumberedLayers(same, file(["conv2d_7", small])).size).toBe(0);
  expect(renumberedLayers(slots(["block1_conv1", small]), file(["block1_conv2", small])).size).toBe(0);
  expect(() => matchWeights(slots(["head_1", small]), file(["head_2", small]))).toThrow(/layer "head_1": missing/);
});
