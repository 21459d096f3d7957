// Erase and ask: what the page says of an erased picture is what the engine says of the same picture.
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import {
  erased,
  formatMask,
  noMask,
  parseMask,
  shareOf,
  side,
  standIn,
  withBox,
  withExtreme,
} from "../../lab/views/erase/mask.ts";
import {
  classLogit,
  classProbability,
  decodeImage,
  deletion,
  explain,
  type Image,
  loadModel,
  type Model,
} from "../../src/index.ts";
import { engineForTests } from "../support/engine.ts";
import { barriers, ready, slowDown, useLab } from "./lab.ts";

const lab = useLab();
const file = (path: string) => new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)));

async function seven(): Promise<{ model: Model; image: Image }> {
  const model = await loadModel(await engineForTests(), file("weights/mnist/dense.safetensors"));
  return { model, image: await decodeImage(file("lab/samples/seven.png")) };
}

it("packs masks into an address and back", () => {
  const box = withBox(noMask(), { left: 25, top: 50, width: 50, height: 25 });
  expect(shareOf(box)).toBe(0.125);
  expect(parseMask(formatMask(box))).toEqual(box);
  expect(formatMask(noMask())).toBeUndefined();
  expect(parseMask("no mask!")).toEqual(noMask());
});

it("erases what the map says, and tells what the network then says", async () => {
  const { model, image } = await seven();
  using run = explain(model, image);
  const map = await run.gradCam({ target: classLogit(7) });
  const grid = map.heatmap({ width: side, height: side, relu: "none" });
  const mask = withExtreme(noMask(), grid, { end: "hottest", share: 0.2 });

  const page = await lab.open("erase?model=mnist&picture=seven&class=7&fill=blur&steps=8");
  await page.getByRole("button", { name: "Erase the hottest 20 %" }).click();
  await ready(page);
  await expect.poll(() => page.url(), { timeout: 5000 }).toContain(`erased=${formatMask(mask)}`);
  expect(await page.locator("[data-erased]").textContent()).toMatch(/^20\.0 %/);
  using changed = explain(model, erased(image, standIn(image, "blur"), mask));
  const predictions = await changed.predictions(10);
  for (const { index, probability } of predictions.slice(0, 1)) {
    const shown = await page.locator(`[data-class="${index}"] meter`).last().getAttribute("value");
    expect(Number(shown)).toBeCloseTo(probability, 3);
  }

  const { auc } = await deletion(run, map, { steps: 8, baseline: "blur", target: classProbability(7) });
  const shown = Number(await page.locator("[data-auc='deletion map']").textContent());
  expect(Math.abs(shown / auc - 1)).toBeLessThan(1e-3);
  expect(await page.locator("[data-looks]").textContent()).toMatch(/^“7”: 100\.0 % before/);
  expect(await barriers(page)).toEqual([]);

  await page.getByRole("button", { name: "Undo" }).click();
  await ready(page);
  await expect.poll(() => page.url(), { timeout: 5000 }).not.toContain("erased=");
  const picture = page.locator("canvas.paint");
  await picture.hover({ position: { x: 100, y: 100 } });
  await page.mouse.down();
  await picture.hover({ position: { x: 200, y: 120 } });
  await page.mouse.up();
  await ready(page);
  await expect.poll(() => page.url(), { timeout: 5000 }).toContain("erased=");
  model.dispose();
  await growing(page);
});

/** A curve shows its points as they are measured, and its area once it is whole; it can be stopped. */
async function growing(page: Page): Promise<void> {
  await slowDown(page, 200);
  await page.getByLabel("Steps along a curve").selectOption("32");
  const area = page.locator("[data-auc='deletion map']");
  await expect.poll(() => area.textContent(), { timeout: 5000 }).toBe("…");
  const points = async () => {
    const line = await page.locator(".plots .line path").first().getAttribute("d");
    return line?.match(/[ML]/g)?.length ?? 0;
  };
  const some = await points();
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(33);
  await expect.poll(points, { timeout: 5000 }).toBeGreaterThan(some);
  await page.getByRole("button", { name: "Stop" }).click();
  await ready(page);
  expect(await page.locator("[data-auc]").count()).toBe(0);
}
