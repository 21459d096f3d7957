// The alpha builder: what it adds up on the page is what Grad-CAM adds up.
import { expect, it } from "vitest";
import { classLogit } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();
const cell = { row: 2, column: 4 };

it("rebuilds the map from the channels that are on, and writes out one cell to the raw map's number", async () => {
  using one = await lookAt(gpu.engine, "mnist", "seven");
  const { output } = one.run.recording.spatialNode("conv3");
  const map = await one.run.gradCam({ target: classLogit(7), layer: "conv3" });
  const activations = await output.read();
  const place = cell.row * map.raw.width + cell.column;
  const order = [...map.alpha.keys()].sort((a, b) => Math.abs(map.alpha[b] ?? 0) - Math.abs(map.alpha[a] ?? 0));
  const term = (channel: number) => (map.alpha[channel] ?? 0) * (activations[place * map.alpha.length + channel] ?? 0);
  const sumOf = (channels: readonly number[]) => channels.reduce((sum, channel) => sum + term(channel), 0);

  const page = await lab.open("alpha?model=mnist&picture=seven&class=7&layer=conv3&cell=2.4&top=20&channel=5");
  const fact = async (name: string) => Number(await page.locator(`[data-fact="${name}"]`).textContent());
  expect(await fact("raw")).toBeCloseTo(map.raw.data[place] ?? 0, 3);
  expect(await fact("partial")).toBeCloseTo(sumOf(order.slice(0, 20)), 3);
  expect(await fact("total")).toBe(await fact("partial"));
  // the mean of the gradient's own numbers is alpha
  const shown = (await page.locator(".plane-of-numbers button").allTextContents()).map(Number);
  expect(shown).toHaveLength(49);
  expect(shown.reduce((sum, value) => sum + value, 0) / 49).toBeCloseTo(map.alpha[5] ?? 0, 5);

  await page.getByRole("button", { name: "None" }).click();
  await ready(page);
  expect(await fact("partial")).toBe(0);
  await page.getByRole("button", { name: "Add the next" }).click();
  await page.locator(".bars-of-alpha [role='slider']").press("Home");
  await page.locator(".bars-of-alpha [role='slider']").press("ArrowRight");
  await page.locator(".bars-of-alpha [role='slider']").press("Space");
  await ready(page);
  expect(await fact("partial")).toBeCloseTo(sumOf(order.slice(0, 2)), 3);
  await page.waitForFunction(
    (parts) => parts.every((part) => location.hash.includes(part)),
    ["top=1", `switch=${order[1]}`],
  );
  await page.getByRole("button", { name: "All", exact: true }).click();
  await ready(page);
  expect(await fact("partial")).toBe(await fact("raw"));

  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => /top=[2-9]/.test(location.hash));
  await page.getByRole("button", { name: "Pause" }).click();

  await page.locator(".cell-map").first().press("ArrowDown");
  await page.waitForFunction(() => location.hash.includes("cell=3.4"));
  expect(await fact("raw")).toBeCloseTo(map.raw.data[place + map.raw.width] ?? 0, 3);
  expect(await barriers(page)).toEqual([]);
});
