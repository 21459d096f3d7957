// The first view: a picture, a network, the likeliest classes and the heat map of one; pictures and networks of the
// reader's own, drawings, and the camera.
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { classLogit, decodeImage, explain, loadModel } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, go, ready, useLab } from "./lab.ts";

const lab = useLab();
const tests = useEngine();

const best = (page: Page) => page.locator(".classes button").first();
const heat = (page: Page) => page.locator(".look .map canvas");

/** Drops a file of these bytes on the page, as from a folder. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.evaluate(
    ({ name, text }) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    },
    { name, text: Buffer.from(bytes).toString("base64") },
  );
}

it("explains the picture that the address names, to the raw value under the pointer", async () => {
  using model = await loadModel(tests.engine, "weights/mnist/gap.safetensors");
  using run = explain(model, await decodeImage(readFileSync("lab/samples/nine.png")));
  const { raw } = await run.gradCam({ target: classLogit(4), layer: "conv3" });
  const logit = (await run.predictions(10)).find(({ index }) => index === 4)?.logit ?? Number.NaN;

  const page = await lab.open("look?model=mnist-gap&picture=nine&layer=conv3");
  expect(await best(page).textContent()).toMatch(/^9/);
  await page.getByLabel("Search all 10 classes").fill("4");
  await page.getByLabel("Search all 10 classes").press("Enter");
  await ready(page);
  await expect.poll(() => new URL(page.url()).hash, { timeout: 5000 }).toMatch(/class=4/);
  const said = (await page.locator(".chosen-class").textContent()) ?? "";
  expect(Number(/logit ([-\d.e]+)/.exec(said)?.[1])).toBeCloseTo(logit, 2);

  // row 2, column 4 of 7
  const box = await heat(page).boundingBox();
  if (!box) throw new Error("there is no heat map");
  await page.mouse.move(box.x + (4.5 / 7) * box.width, box.y + (2.5 / 7) * box.height);
  const under = (await page.locator(".under-pointer").textContent()) ?? "";
  expect(under).toContain("Row 2, column 4 of 7 × 7");
  const most = Math.max(...raw.data.map(Math.abs));
  const shown = Number(/raw value ([-\d.e]+)/.exec(under)?.[1]);
  expect(Math.abs(shown - (raw.data[2 * 7 + 4] ?? 0))).toBeLessThan(1e-3 * most);

  await page.getByLabel("Opacity of the map").press("Home");
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("button.download").click()]);
  const { data, ...size } = await decodeImage(readFileSync(await download.path()));
  expect(size).toMatchObject({ width: 200, height: 200 });
  // without any of the map's colours it is the picture
  expect(data).toEqual((await decodeImage(readFileSync("lab/samples/nine.png"))).data);
  expect(await barriers(page)).toEqual([]);
});

it("opens what is dropped, drawn or photographed, and loses nothing over what is neither picture nor network", async () => {
  const page = await lab.open("look?model=mnist&picture=nine");
  await drop(page, "notes.png", new TextEncoder().encode("no picture at all"));
  const message = page.getByRole("alert");
  expect(await message.textContent()).toContain("notes.png: neither a picture nor a network");
  expect(await best(page).textContent()).toMatch(/^9/);
  await message.getByRole("button").click();

  await drop(page, "one.dat", readFileSync("lab/samples/one.png"));
  await expect.poll(() => best(page).textContent(), { timeout: 9000 }).toMatch(/^1/);
  await page.locator("input[type=file]").setInputFiles("weights/mnist/gap.safetensors");
  await expect.poll(() => page.getByLabel("Network").inputValue(), { timeout: 9000 }).toBe("gap.safetensors");
  await ready(page);
  expect(await page.getByLabel("Picture").inputValue()).toBe("one.dat");

  await page.locator(".pad canvas").scrollIntoViewIfNeeded();
  const pad = await page.locator(".pad canvas").boundingBox();
  if (!pad) throw new Error("there is no pad");
  const corners = [0.3, 0.2, 0.7, 0.2, 0.45, 0.85].map((share) => share * pad.width);
  await page.mouse.move(pad.x + (corners[0] ?? 0), pad.y + (corners[1] ?? 0));
  await page.mouse.down();
  for (const i of [2, 4]) await page.mouse.move(pad.x + (corners[i] ?? 0), pad.y + (corners[i + 1] ?? 0), { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => best(page).textContent(), { timeout: 9000 }).toMatch(/^7/);

  await go(page, "look?model=mnist&picture=one");
  expect(await best(page).textContent()).toMatch(/^1/);
  await camera(page);
});

/** Refused at first, then allowed: explains what it sees, picture after picture, and takes one of them. */
async function camera(page: Page): Promise<void> {
  const open = page.getByRole("button", { name: "Use the camera" });
  await open.click();
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("The camera was not allowed");
  await page.context().grantPermissions(["camera"]);
  await open.click();
  await page.getByRole("button", { name: "Live Grad-CAM" }).click();
  await page.locator(".live").waitFor();
  expect(await page.locator(".live .rate").textContent()).toMatch(/^[\d.]+ pictures per second/);
  const seen = await heat(page).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  await page.getByRole("button", { name: "Stop live" }).click();
  await page.getByRole("button", { name: "Take this picture" }).click();
  await expect.poll(() => page.getByLabel("Picture").inputValue(), { timeout: 9000 }).toBe("your photo");
  await ready(page);
  expect(await heat(page).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())).not.toBe(seen);
  expect(await page.locator("video").count()).toBe(0);
}
