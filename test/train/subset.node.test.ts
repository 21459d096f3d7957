// Parts of data sets: the right examples, the same mixture of classes in both.
import { describe, expect, it } from "vitest";
import { arrayDataset } from "../../src/train/data/arrays.ts";
import type { Dataset } from "../../src/train/data/dataset.ts";
import { split, subset } from "../../src/train/data/subset.ts";

const labels = Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i < 90 ? 1 : 2));
const data = arrayDataset(
  Float32Array.from({ length: 100 }, (_, i) => i),
  labels,
  { inputShape: [1], classNames: ["a", "b", "c"] },
);

describe("split", () => {
  it("keeps the mixture of labels, takes every example once, and repeats itself", async () => {
    const { train, validation } = await split(data, { validation: 0.2, seed: 4 });
    expect([train.length, validation.length]).toEqual([80, 20]);
    const counts = [0, 1, 2].map((label) => Array.from(validation.indices).filter((i) => labels[i] === label).length);
    expect(counts).toEqual([14, 4, 2]);
    const both = [...train.indices, ...validation.indices].sort((a, b) => a - b);
    expect(both).toEqual(labels.map((_, i) => i));
    expect((await split(data, { validation: 0.2, seed: 4 })).validation.indices).toEqual(validation.indices);
    expect((await split(data, { validation: 0.2, seed: 5 })).validation.indices).not.toEqual(validation.indices);
    expect(validation.get(3)).toEqual(data.get(validation.indices[3] ?? -1));
    expect(validation.classNames).toEqual(["a", "b", "c"]);
  });

  it("keeps the mixture of combinations of targets, each within one example", async () => {
    const y = Float32Array.from({ length: 60 }, (_, i) => Number((Math.floor(i / 2) * 7 + i) % 3 === 0));
    const multi = arrayDataset(new Float32Array(30), y, { inputShape: [1] });
    const keyOf = (i: number) => `${y[2 * i]} ${y[2 * i + 1]}`;
    const { validation } = await split(multi, { validation: 0.3 });
    expect(validation.length).toBe(9);
    for (const key of new Set(Array.from({ length: 30 }, (_, i) => keyOf(i)))) {
      const total = Array.from({ length: 30 }, (_, i) => i).filter((i) => keyOf(i) === key).length;
      const kept = Array.from(validation.indices).filter((i) => keyOf(i) === key).length;
      expect(Math.abs(kept - 0.3 * total)).toBeLessThanOrEqual(1);
    }
  });

  it("does not read examples whose labels are at hand", async () => {
    const unread: Dataset = {
      length: 10,
      inputShape: [1],
      labels: Int32Array.from({ length: 10 }, (_, i) => i % 2),
      get: () => Promise.reject(new Error("read")),
    };
    const { train, validation } = await split(unread, { validation: 0.4 });
    expect(Array.from(validation.labels ?? []).toSorted()).toEqual([0, 0, 1, 1]);
    expect(train.labels).toHaveLength(6);
  });

  it("refuses shares that leave nothing", async () => {
    await expect(split(data, { validation: 1 })).rejects.toThrow(
      "validation is 1, but it must be a share between 0 and 1",
    );
    await expect(split(subset(data, [1, 2]), { validation: 0.1 })).rejects.toThrow(
      "split: of 2 examples a share of 0.1 leaves 2 to train on and 0 to validate on",
    );
  });
});

it("subset refuses examples that are not there, before and after", () => {
  expect(() => subset(data, [100])).toThrow("the data set has no example 100: it has 100, from 0 to 99.");
  expect(() => subset(data, [4, 5]).get(2)).toThrow("the data set has no example 2: it has 2, from 0 to 1.");
});
