// CAM and Grad-CAM of a pooling head are one map; without such a head the refusal is the lesson.
import { expect, it } from "vitest";
import { classLogit } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();
const channel = 12;

it("proves it with the network's own numbers, and shows where it ends", async () => {
  using one = await lookAt(gpu.engine, "mnist-gap", "nine");
  using other = await lookAt(gpu.engine, "mnist", "nine");
  const target = classLogit(9);
  const [cam, gradCam] = await Promise.all([one.run.cam({ target }), one.run.gradCam({ target })]);
  const kernel = await one.model.readWeight("predictions", "kernel");
  const refusal = await other.run.cam().catch((error: Error) => error.message);

  const page = await lab.open(`cam?model=mnist-gap&picture=nine&class=9&channel=${channel}&at=10&line=3`);
  const text = async (name: string) =>
    (await page.locator(`.numbers-of-proof [data-fact="${name}"]`).textContent()) ?? "";
  const weight = kernel[10 * channel + 9] ?? 0;
  expect(Number(await text("w"))).toBeCloseTo(weight, 4);
  expect(Number(await text("scaled"))).toBeCloseTo(weight, 4);
  expect(Number(await text("alpha")) / (gradCam.alpha[channel] ?? 0)).toBeCloseTo(1, 3);
  expect(Number(await text("residual"))).toBeLessThan(1e-5);
  expect(Number(await text("camCell")) / (cam.raw.data[10] ?? 0)).toBeCloseTo(1, 3);
  expect(Number(await text("ratio"))).toBeCloseTo(49, 1);
  const cells = new Set(await page.locator(".plane-of-numbers button").allTextContents());
  expect(cells.size).toBe(1);
  expect(await page.locator(".numbers-of-proof .lit").count()).toBe(4);

  await page.locator(".diagonal-plot [role='slider']").press("ArrowRight");
  await page.waitForFunction((old) => !location.hash.includes(`channel=${old}&`), channel);
  expect(Number(await text("w"))).toBeGreaterThanOrEqual(weight);
  expect(await barriers(page)).toEqual([]);

  await page.getByRole("button", { name: "digits, with dense layers" }).click();
  await page.locator("blockquote").waitFor();
  await ready(page);
  expect(await page.locator("blockquote").textContent()).toBe(refusal);
  expect(new Set(await page.locator(".plane-of-numbers button").allTextContents()).size).toBeGreaterThan(1);
  expect(await page.locator("figure.map").count()).toBe(1);
  expect(await barriers(page)).toEqual([]);
});
