// Grad-CAM at every layer: the strip, the keys that go along it, the chosen layer's numbers and the animation.
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { classLogit, decodeImage, explain, loadModel } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, ready, slowDown, useLab } from "./lab.ts";

const lab = useLab();
const tests = useEngine();

it("shows the map of every layer, and goes from one to the next by keys", async () => {
  using model = await loadModel(tests.engine, "weights/mnist/dense.safetensors");
  using run = explain(model, await decodeImage(readFileSync("lab/samples/seven.png")));
  const maps = await run.sweep({ target: classLogit(7) });

  const page = await lab.open("sweep?model=mnist&picture=seven&class=7&layer=conv3");
  const strip = page.locator(".film-strip button");
  expect(await strip.count()).toBe(maps.length);
  const rangeOnPage = async () => {
    const text = (await page.locator(".facts tr").last().locator("td").textContent()) ?? "";
    return text.split("…").map((part) => Number.parseFloat(part));
  };
  const at = maps.findIndex(({ provenance }) => provenance.layer === "conv3");
  const expectRangeOf = async (index: number) => {
    const [min = Number.NaN, max = Number.NaN] = await rangeOnPage();
    const map = maps[index];
    expect(Math.abs(min - (map?.min ?? 0))).toBeLessThan(1e-3 * Math.abs(map?.min ?? 0) + 1e-6);
    expect(Math.abs(max - (map?.max ?? 0))).toBeLessThan(1e-3 * Math.abs(map?.max ?? 0) + 1e-6);
  };
  await expectRangeOf(at);

  await strip.nth(at).press("ArrowRight");
  await ready(page);
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-pressed"))).toBe("true");
  await expectRangeOf(at + 1);
  await expect.poll(() => page.url(), { timeout: 5000 }).toContain(`layer=${maps[at + 1]?.provenance.layer}`);
  await page.locator(".sweep input[type=range]").press("Home");
  await ready(page);
  await expectRangeOf(0);

  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("button.download").click()]);
  const file = readFileSync(await download.path());
  expect(file.readUInt32BE(file.indexOf("acTL") + 4)).toBe(maps.length);
  await stopping(page);
});

/** Given up on the way, the strip of the choice before stays, until the reader goes on. */
async function stopping(page: Page): Promise<void> {
  const alpha = () => page.locator(".facts tr").nth(3).locator("td").textContent();
  const before = await alpha();
  await slowDown(page, 200);
  await page.getByLabel("Class", { exact: true }).selectOption("1");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped before the first layer").waitFor();
  expect(await alpha()).toBe(before);
  expect(await barriers(page)).toEqual([]);
  await page.getByRole("button", { name: "Walk back again" }).click();
  await page.locator(".sweep progress[value]:not([value='0'])").waitFor();
  await ready(page);
  expect(await alpha()).not.toBe(before);
}
