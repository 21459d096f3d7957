// Sanity: the page's cascade is the engine's, can be ended, and leaves the network as it was.
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { classLogit, parameterRandomisation } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, go, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();

/** Similarities as the table has them: a row for every layer, guided backprop first. */
async function table(page: Page): Promise<number[][]> {
  const rows = await page.locator(".likeness-numbers tbody tr").all();
  return Promise.all(rows.map(async (row) => (await row.locator("td").allTextContents()).map(Number)));
}

/** Every class with its probability. */
const classes = (page: Page) => page.locator(".classes").allTextContents();

it("randomises from the top under both methods, stops when told, and does not touch the network", async () => {
  using one = await lookAt(gpu.engine, "mnist-gap", "seven");
  const target = classLogit(7);
  const guided = await parameterRandomisation(one.run, (run) => run.guidedBackprop({ target }), { target, seed: 0 });
  const page = await lab.open("look?model=mnist-gap&picture=seven");
  const before = await classes(page);
  await go(page, "sanity?model=mnist-gap&picture=seven&class=7&layer=conv3");
  await page.locator(".likeness").waitFor();
  const first = await table(page);
  expect(first).toHaveLength(guided.layers.length);
  for (const [i, { ssim }] of guided.layers.entries()) expect(first[i]?.[0]).toBeCloseTo(ssim, 2);
  expect(await page.locator(".cascade canvas").count()).toBe(2 * (guided.layers.length + 1));
  const mean = (column: number) => first.reduce((sum, row) => sum + (row[column] ?? 0), 0) / first.length;
  expect(mean(0)).toBeGreaterThan(mean(1) + 0.3);

  await page.getByRole("radio", { name: "rank correlation", exact: true }).click();
  await page.waitForFunction(() => location.hash.includes("measure=rankCorrelation"));
  for (const [i, layer] of guided.layers.entries())
    expect((await table(page))[i]?.[0]).toBeCloseTo(layer.rankCorrelation, 2);

  // begun anew and given up at once
  await page.evaluate(async () => {
    const button = (where: string) => document.querySelector<HTMLButtonElement>(where);
    button(".controls > button")?.click();
    while (!button(".busy button")) await new Promise((done) => requestAnimationFrame(done));
    button(".busy button")?.click();
  });
  const start = page.getByRole("button", { name: "Start" });
  await start.waitFor();
  await expect.poll(() => page.url(), { timeout: 5000 }).toContain("draw=1");
  await start.click();
  await ready(page);
  expect(await table(page)).not.toEqual(first);
  expect(await barriers(page)).toEqual([]);

  // another recording through the same network, then this one again
  await go(page, "look?model=mnist-gap&picture=one");
  expect(await classes(page)).not.toEqual(before);
  await go(page, "look?model=mnist-gap&picture=seven");
  expect(await classes(page)).toEqual(before);
});
