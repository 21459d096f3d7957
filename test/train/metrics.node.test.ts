// Metrics against scikit-learn (tools/golden/metrics.py), in one piece and batch by batch.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Accuracy } from "../../src/train/metrics/accuracy.ts";
import { averagePrecision, MeanAveragePrecision } from "../../src/train/metrics/average-precision.ts";
import { ConfusionMatrix } from "../../src/train/metrics/confusion-matrix.ts";
import type { Metric } from "../../src/train/metrics/metric.ts";

interface Golden {
  readonly classes: number;
  readonly single: {
    readonly scores: readonly number[];
    readonly labels: readonly number[];
    readonly topK: readonly number[];
    readonly confusion: readonly (readonly number[])[];
    readonly count: readonly number[];
    readonly precision: readonly (number | null)[];
    readonly recall: readonly (number | null)[];
    readonly f1: readonly (number | null)[];
  };
  readonly multi: {
    readonly scores: readonly number[];
    readonly targets: readonly number[];
    readonly ap: readonly (number | null)[];
    readonly map: number;
  };
}

const path = new URL("../golden/training/metrics.json", import.meta.url);
const { classes, single, multi } = JSON.parse(readFileSync(path, "utf8")) as Golden;
const labels = Int32Array.from(single.labels);
const oneHot = Float32Array.from(single.scores, (_, i) => Number(labels[Math.floor(i / classes)] === i % classes));

/** Takes rows in, so many at a time. */
function fed<M extends Metric>(metric: M, scores: readonly number[], y: Int32Array | Float32Array, batch = 7): M {
  const rows = scores.length / classes;
  const width = y.length / rows;
  for (let i = 0; i < rows; i += batch)
    metric.update(
      Float32Array.from(scores.slice(i * classes, (i + batch) * classes)),
      y.slice(i * width, (i + batch) * width),
    );
  return metric;
}

const close = (actual: number | undefined, expected: number | null | undefined) =>
  expected === null ? expect(actual).toBeUndefined() : expect(actual).toBeCloseTo(expected ?? Number.NaN, 12);

describe("Accuracy", () => {
  it.each([1, 2, 3])("of the %i highest is scikit-learn's, from labels and from vectors", (k) => {
    for (const y of [labels, oneHot]) {
      const metric = fed(new Accuracy(classes, { k }), single.scores, y);
      close(metric.value, single.topK[k - 1]);
      expect(metric.count).toBe(labels.length);
    }
  });

  it("takes the first of equal scores, and has no value before the first example", () => {
    const metric = new Accuracy(3);
    expect(metric.value).toBeUndefined();
    metric.update(new Float32Array(9), Int32Array.of(0, 1, 2));
    expect(metric.value).toBeCloseTo(1 / 3, 12);
    expect([metric.name, new Accuracy(5, { k: 5 }).name]).toEqual(["accuracy", "top-5 accuracy"]);
  });
});

it("the confusion matrix and what follows from it are scikit-learn's", () => {
  const metric = fed(new ConfusionMatrix(classes), single.scores, labels);
  expect(metric.counts).toEqual(single.confusion);
  close(metric.value, single.topK[0]);
  const found = metric.perClass();
  expect(found.map(({ count }) => count)).toEqual(single.count);
  for (const [c, { precision, recall, f1 }] of found.entries()) {
    close(precision, single.precision[c]);
    close(recall, single.recall[c]);
    close(f1, single.f1[c]);
  }
  expect(new ConfusionMatrix(2).value).toBeUndefined();
});

describe("MeanAveragePrecision", () => {
  it("is scikit-learn's, class by class", () => {
    const metric = fed(new MeanAveragePrecision(classes), multi.scores, Float32Array.from(multi.targets));
    for (const [c, value] of metric.perClass().entries()) close(value, multi.ap[c]);
    close(metric.value, multi.map);
    expect(new MeanAveragePrecision(2).value).toBeUndefined();
  });

  it("takes labels as vectors with a single 1", () => {
    const [a, b] = [labels, oneHot].map((y) => fed(new MeanAveragePrecision(classes), single.scores, y).perClass());
    expect(a).toEqual(b);
    expect(a?.filter((value) => value !== undefined)).toHaveLength(classes - 1);
  });

  it("is 1 where all positives come first, and the positives' share where all scores are equal", () => {
    expect(averagePrecision([3, 2, 1, 0], [1, 1, 0, 0])).toBe(1);
    expect(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0])).toBe(0.25);
  });
});

it.each<[string, () => unknown, string]>([
  [
    "one class",
    () => new Accuracy(1),
    "Accuracy: the number of classes is 1, but it must be a whole number of at least 2",
  ],
  [
    "k beyond the classes",
    () => new Accuracy(3, { k: 4 }),
    "k is 4, but it must be a whole number from 1 to the 3 classes",
  ],
  [
    "rows that do not fit",
    () => new Accuracy(3).update(new Float32Array(7), labels),
    "got 7 scores and 90 labels for 3",
  ],
  [
    "vectors that do not fit",
    () => new ConfusionMatrix(3).update(new Float32Array(6), new Float32Array(3)),
    "3 targets",
  ],
  [
    "a label that is no class",
    () => new ConfusionMatrix(2).update(new Float32Array(4), Int32Array.of(0, 2)),
    "label 1 is 2",
  ],
  [
    "NaN",
    () => new Accuracy(2).update(Float32Array.of(0, 1, Number.NaN, 0), Int32Array.of(0, 0)),
    "class 0 in row 1 is NaN",
  ],
  [
    "targets between 0 and 1",
    () => new MeanAveragePrecision(2).update(new Float32Array(2), Float32Array.of(0, 0.5)),
    "a target is 0.5, but targets are 0 or 1",
  ],
])("metrics refuse %s", (_, body, message) => expect(body).toThrow(message));
