// The embedded classifier on the sample pictures: what it says, and where it looked.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explain, type Run } from "../../src/explain/explain.ts";
import { classLogit, type Target } from "../../src/explain/targets.ts";
import type { Model } from "../../src/nn/model.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { loadEfficientNet } from "../support/efficientnet.ts";
import { engineForTests, useEngine } from "../support/engine.ts";
import { readJsonFixture } from "../support/fixture.ts";
import { sampleInput } from "./support.ts";

interface Sample {
  readonly path: string;
  readonly top5: readonly { readonly index: number; readonly name: string; readonly prob: number }[];
}

const { samples } = await readJsonFixture<{ samples: Sample[] }>("golden/efficientnet-lite0/samples.json");

useEngine();
const at = {} as { model: Model };
beforeAll(async () => {
  at.model = await loadEfficientNet(await engineForTests());
});
afterAll(() => at.model.dispose());

it.each(samples)("$path: top five as Keras", async ({ path, top5 }) => {
  using x = await sampleInput(at.model, nameOf(path));
  using run = explain(at.model, x);
  const found = await run.predictions(5);
  expect(found.map(({ index }) => index)).toEqual(top5.map(({ index }) => index));
  for (const [i, { probability }] of found.entries())
    expect(Math.abs(probability - (top5[i]?.prob ?? Number.NaN))).toBeLessThan(1e-5);
});

describe("class discrimination: a cat above, a cup of coffee below", () => {
  const [EGYPTIAN_CAT, ESPRESSO] = [285, 967];
  const size = { width: 224, height: 224 };
  const opened = {} as { x: Tensor; run: Run };
  beforeAll(async () => {
    opened.x = await sampleInput(at.model, "cat-and-coffee");
    opened.run = explain(at.model, opened.x);
    await opened.run.predictions(1);
  });
  afterAll(() => {
    opened.run.dispose();
    opened.x.dispose();
  });

  /** One explanation of the cat and one of the cup. */
  function ofBoth<T>(ask: (target: Target) => Promise<T>): Promise<[T, T]> {
    return Promise.all([ask(classLogit(EGYPTIAN_CAT)), ask(classLogit(ESPRESSO))]);
  }

  it("Grad-CAM of each class has its mass on its half", async () => {
    const [cat, cup] = await ofBoth((target) => opened.run.gradCam({ target }));
    expect(shareAbove(cat.heatmap(size).data)).toBeGreaterThan(0.8);
    expect(shareAbove(cup.heatmap(size).data)).toBeLessThan(0.2);
  });

  it("so has CAM", async () => {
    const [cat, cup] = await ofBoth((target) => opened.run.cam({ target }));
    expect(shareAbove(cat.heatmap(size).data)).toBeGreaterThan(0.8);
    expect(shareAbove(cup.heatmap(size).data)).toBeLessThan(0.2);
  });

  it("the evidence against each class is the other half", async () => {
    const [cat, cup] = await ofBoth((target) => opened.run.gradCam({ target, counterfactual: true }));
    expect(shareAbove(cat.heatmap(size).data)).toBeLessThan(0.05);
    expect(shareAbove(cup.heatmap(size).data)).toBeGreaterThan(0.95);
  });

  it("the 20% box of each class has its middle on its half, and at 50% lies within it", async () => {
    const [cat, cup] = await ofBoth((target) => opened.run.gradCam({ target }));
    const boxes = [cat, cup].flatMap((map) => map.box(size) ?? []);
    const middles = boxes.map(({ y0, y1 }) => (y0 + y1) / 2);
    expect(middles[0]).toBeLessThan(75);
    expect(middles[1]).toBeGreaterThan(149);
    expect(cat.box({ ...size, threshold: 0.5 })?.y1).toBeLessThan(112);
    expect(cup.box({ ...size, threshold: 0.5 })?.y0).toBeGreaterThan(100);
  });

  it("Guided Grad-CAM discriminates as well; guided backprop alone hardly does", async () => {
    const both = await ofBoth((target) => opened.run.guidedGradCam({ target }));
    const guided = await ofBoth((target) => opened.run.guidedBackprop({ target }));
    const [cat, cup] = both.map(({ values }) => shareAbove(values));
    const [catAlone, cupAlone] = guided.map(({ values }) => shareAbove(values));
    expect(cat).toBeGreaterThan(0.8);
    expect(cup).toBeLessThan(0.2);
    expect((catAlone ?? 1) - (cupAlone ?? 0)).toBeLessThan(0.4);
  });
});

/** Share of the absolute values that lie in the upper half of a map, whose rows come from the top. */
function shareAbove(values: Float32Array): number {
  const size = (part: Float32Array) => part.reduce((sum, value) => sum + Math.abs(value), 0);
  return size(values.subarray(0, values.length / 2)) / size(values);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1, path.lastIndexOf("."));
}
