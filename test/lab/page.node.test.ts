// What holds of the lab as a page: it fits a phone, opens without a network, survives the loss of the GPU, says what is
// missing, and asks nobody but the server it came from.
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { barriers, go, patience, ready, useLab } from "./lab.ts";

const lab = useLab();

/** Addresses of all views, for the network that is open. */
async function viewsOf(page: Page): Promise<string[]> {
  const hashes = await page
    .locator("nav a")
    .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).hash));
  return hashes.map((hash) => hash.replace("#/", ""));
}

it("fits a phone in every view, in the dark too, without a barrier", async () => {
  const viewport = { width: 375, height: 740 };
  const page = await lab.open("look?model=mnist-gap", { viewport, colorScheme: "dark" });
  const views = await viewsOf(page);
  expect(views.length).toBeGreaterThan(13);
  const found: Record<string, unknown> = {};
  for (const view of views) {
    await go(page, view);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    const wrong = [...(width > viewport.width ? [`${width} pixels wide`] : []), ...(await barriers(page))];
    if (wrong.length > 0) found[view] = wrong;
  }
  expect(found).toEqual({});
  await page.context().close();
});

it("loads less than 1 MB of code before the first map, from its own server alone", async () => {
  const context = await lab.context();
  const page = await context.newPage();
  const loaded: string[] = [];
  page.on("request", (request) => loaded.push(request.url()));
  await page.goto(lab.address);
  await ready(page);
  expect(loaded.filter((url) => !url.startsWith(lab.address) && !/^(blob|data):/.test(url))).toEqual([]);
  const code = [...new Set(loaded)].filter((url) => /\.(js|css|wasm)$|\/$/.test(new URL(url).pathname));
  const sizes = await page.evaluate(
    async (urls) => Promise.all(urls.map(async (url) => (await (await fetch(url)).arrayBuffer()).byteLength)),
    code.filter((url) => !url.endsWith("service-worker.js")),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(100_000);
  expect(total).toBeLessThan(1_000_000);
  await context.close();
});

it("opens again without a network", async () => {
  const page = await lab.open("look?model=mnist&picture=seven");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.context().setOffline(true);
  await page.reload();
  await ready(page);
  expect(await page.locator(".classes button").first().textContent()).toMatch(/^7/);
  await page.context().close();
});

it("takes up its work after the GPU process crashed, and says so", async () => {
  const page = await lab.open("look?model=mnist&picture=seven&class=1");
  const before = lab.complaints.length;
  await lab.crashGpu();
  await page.getByText("The GPU went away and came back.").waitFor({ timeout: patience });
  await ready(page);
  expect(await page.locator(".classes button").first().textContent()).toMatch(/^7/);
  expect(new URL(page.url()).hash).toContain("class=1");
  // what the browser itself says of the crash is no complaint about the page
  const said = lab.complaints.splice(before);
  expect(said.filter((text) => !/external Instance reference/.test(text))).toEqual([]);
  await page.context().close();
});

it("says what to do where there is no WebGPU, in the reader's language", async () => {
  const context = await lab.context({ locale: "ko-KR" });
  await context.addInitScript(() => Object.defineProperty(navigator, "gpu", { value: undefined }));
  const page = await context.newPage();
  await page.goto(lab.address);
  await page.getByText("WebGPU로 계산하는데").waitFor();
  expect(await page.getByRole("listitem").filter({ hasText: "Safari" }).count()).toBe(1);
  expect(await page.locator("html").getAttribute("lang")).toBe("ko");
  expect(await barriers(page)).toEqual([]);
  await context.close();
});
