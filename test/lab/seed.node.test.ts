// Seeds: what each puts at the logits, what arrives, and why the probability's gradient is so small.
import { expect, it } from "vitest";
import { classLogit, classProbability } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, go, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();

it("shows four seeds of one recording, and p (1 - p) in the probability's", async () => {
  using one = await lookAt(gpu.engine, "mnist", "one");
  const predictions = await one.run.predictions(10);
  const flows = await one.run.flow({ target: [classLogit(1), classProbability(1)], layer: "conv3" });
  const [logit = 0, probability = 0] = flows.map(({ nodes }) => nodes.at(-1)?.norm);
  const p = new Map(predictions.map(({ index, probability }) => [index, probability]));

  const page = await lab.open("seed?model=mnist&picture=one&class=1&against=7&layer=conv3");
  const number = async (place: string, fact: string) =>
    Number(await page.locator(`${place} [data-fact="${fact}"]`).textContent());
  const entry = async (seed: string, index: number) =>
    Number(await page.locator(`[data-seed="${seed}"] [data-entry="${index}"]`).textContent());
  expect(await entry("logit", 1)).toBe(1);
  expect(await entry("negative", 1)).toBe(-1);
  expect([await entry("difference", 1), await entry("difference", 7)]).toEqual([1, -1]);
  const rival = -(p.get(1) ?? 0) * (p.get(7) ?? 0);
  expect((await entry("probability", 7)) / rival).toBeCloseTo(1, 3);

  expect((await number('[data-seed="logit"]', "norm")) / logit).toBeCloseTo(1, 3);
  expect((await number('[data-seed="probability"]', "norm")) / probability).toBeCloseTo(1, 3);
  const [here, there] = [".two-pictures > :first-child", ".two-pictures > :last-child"];
  expect((await number(here, "ratio")) / (probability / logit)).toBeCloseTo(1, 3);
  expect((await number(here, "seed")) / (await number(here, "factor"))).toBeCloseTo(1, 2);
  // of two pictures the surer has the smaller factor
  expect(await number(here, "p")).toBeGreaterThan(0.999);
  expect(await number(there, "p")).toBeLessThan(0.99);
  expect(await number(there, "ratio")).toBeGreaterThan(20 * (await number(here, "ratio")));

  await page.locator('[data-seed="difference"] button').click();
  await page.waitForFunction(() => location.hash.includes("seed=difference"));
  await go(page, "seed?model=mnist&picture=one&beside=seven");
  await ready(page);
  expect(await number(there, "p")).toBeGreaterThan(0.9999);
  expect(await barriers(page)).toEqual([]);
});
