// From the raw numbers of a map to a picture and a box: what the page shows is what the engine gives for the same choices.
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import {
  type Box,
  classLogit,
  decodeImage,
  explain,
  type FloatMap,
  iou,
  loadModel,
  normalizeMap,
  resizeMap,
} from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, ready, useLab } from "./lab.ts";

const lab = useLab();
const tests = useEngine();

async function numbersIn(page: Page, selector: string): Promise<number[]> {
  return (await page.locator(selector).allTextContents()).map(Number);
}

async function numberAt(page: Page, selector: string): Promise<number> {
  return Number((await page.locator(selector).textContent())?.match(/[\d.e-]+$/)?.[0]);
}

/** Rounded to four digits, and computed by another program. */
function expectClose(shown: readonly number[], wanted: ArrayLike<number>): void {
  expect(shown.length).toBe(wanted.length);
  const most = Math.max(...Array.from(wanted, Math.abs));
  for (const [i, value] of shown.entries()) expect(Math.abs(value - (wanted[i] ?? 0))).toBeLessThan(1e-3 * most);
}

function difference(a: FloatMap, b: FloatMap): number {
  return Math.max(...a.data.map((value, i) => Math.abs(value - (b.data[i] ?? 0))));
}

it("shows the raw numbers, every step and what the choices change", async () => {
  using model = await loadModel(tests.engine, "weights/mnist/gap.safetensors");
  const picture = await decodeImage(readFileSync("lab/samples/seven.png"));
  const size = { width: picture.width, height: picture.height };
  using run = explain(model, picture);
  const map = await run.gradCam({ target: classLogit(7), layer: "conv3" });

  const page = await lab.open("steps?model=mnist-gap&picture=seven&class=7&layer=conv3&box=10,20,150,160&threshold=35");
  expectClose(await numbersIn(page, ".plane-of-numbers td button"), map.raw.data);
  expect(await numberAt(page, ".changed")).toBe(0);
  const steps = page.locator(".step-pictures [data-step]");
  expect(await steps.evaluateAll((all) => all.map((one) => one.getAttribute("data-step")))).toEqual([
    "raw",
    "relu",
    "resize",
    "normalise",
  ]);

  const box = map.box({ ...size, threshold: 0.35 }) as Box;
  const { x0, y0, x1, y1 } = box;
  const row = ".boxes tbody tr:first-child td.number";
  expect((await numbersIn(page, row)).slice(0, 4)).toEqual([x0, y0, x1, y1]);
  expectClose([await numberAt(page, ".iou")], [iou({ x0: 10, y0: 20, x1: 150, y1: 160 }, box)]);

  // drawn with the pointer, then moved by its numbers onto the map's box
  await page.locator(".drawn-box canvas").scrollIntoViewIfNeeded();
  const canvas = await page.locator(".drawn-box canvas").boundingBox();
  if (!canvas) throw new Error("there is no picture to draw on");
  const to = (share: number) => [canvas.x + share * canvas.width, canvas.y + share * canvas.height] as const;
  await page.mouse.move(...to(0.251));
  await page.mouse.down();
  await page.mouse.move(...to(0.751), { steps: 3 });
  await page.mouse.up();
  await expect.poll(() => page.url(), { timeout: 5000 }).toMatch(/box=50%2C50%2C150%2C150/);
  for (const [i, value] of [x0, y0, x1, y1].entries()) {
    const input = page.locator(".corners input").nth(i);
    await input.fill(String(value));
    await input.press("Tab");
  }
  expect(await numberAt(page, ".iou")).toBe(1);

  await page.getByLabel("none", { exact: true }).check({ force: true });
  await page.getByLabel("nearest").check({ force: true });
  await page.getByLabel("minimum to 0").check({ force: true });
  await ready(page);
  const wanted = normalizeMap(resizeMap(map.raw, { ...size, method: "nearest" }), { by: "range" }).map;
  const changed = difference(wanted, map.heatmap(size));
  expectClose([await numberAt(page, ".changed")], [changed]);
  expect(changed).toBeGreaterThan(0.1);
  await expect.poll(() => page.url(), { timeout: 5000 }).toMatch(/relu=none.*resize=nearest.*normalise=range/);
  expect(await barriers(page)).toEqual([]);
});
