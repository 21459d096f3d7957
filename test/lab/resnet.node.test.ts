// A network as large as readers bring, dropped on the page: ResNet50 in the network map.
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, expect, it } from "vitest";
import { nodesOf } from "../../lab/store/tape.ts";
import { decodeImage, explain, Model, resnet50Config, saveModel } from "../../src/index.ts";
import { withHashWeights } from "../golden/hash-model.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, go, ready, useLab } from "./lab.ts";
import { fileOf } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();
const folder = await mkdtemp(join(tmpdir(), "backlight-resnet-"));
afterAll(() => rm(folder, { recursive: true }));

/** ResNet50 for small pictures and few classes, with numbers from a hash: 94 MB. */
function resnet(): Model {
  const config = JSON.stringify(resnet50Config({ classes: 10 })).replace("[null,224,224,3]", "[null,64,64,3]");
  const model = withHashWeights(Model.fromConfig(gpu.engine, JSON.parse(config)));
  model.preprocessing = "caffe";
  return model;
}

const linesOf = (page: Page) => page.locator(".graph .name > :first-child").allTextContents();
const isWider = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

it("shows ResNet50 by its blocks, opens one at once, and finds what is looked for", async () => {
  using model = resnet();
  using run = explain(model, await decodeImage(fileOf("lab/samples/seven.png")));
  const nodes = nodesOf(run);
  const path = join(folder, "resnet50.safetensors");
  writeFileSync(path, new Uint8Array(await (await saveModel(model, { format: "safetensors" })).arrayBuffer()));

  const page = await lab.open("look?model=mnist&picture=seven");
  await page.locator("input[type=file]").setInputFiles(path);
  await expect.poll(() => page.getByLabel("Network").inputValue(), { timeout: 60_000 }).toBe("resnet50.safetensors");
  await go(page, "network");
  const blocks = [3, 4, 6, 3].flatMap((count, stage) =>
    Array.from({ length: count }, (_, block) => `conv${stage + 2}_block${block + 1}`),
  );
  expect(await linesOf(page)).toEqual(["input", "conv1", "pool1", ...blocks, "avg_pool", "predictions"]);
  expect(await page.getByText(/^\d+ operations\. The tape/).textContent()).toMatch(new RegExp(`^${nodes.length} `));
  expect(await isWider(page)).toBe(false);

  const begun = performance.now();
  await page.getByRole("button", { name: /^conv4_block6/ }).click();
  await page.getByRole("button", { name: /^conv4_block6_out/ }).waitFor();
  expect(performance.now() - begun).toBeLessThan(2000);
  await page.getByRole("button", { name: /^conv4_block6_out/ }).click();
  await page.locator(".of-node[aria-expanded='true'] + .thumbs canvas").waitFor();
  await ready(page);
  const most = Math.max(...Array.from(await run.tape.node("conv4_block6_out").output.read()));
  const shown = parseFloat((await page.locator('[data-fact="max"]').textContent()) ?? "");
  expect(Math.abs(shown / most - 1)).toBeLessThan(1e-3);
  expect(await page.locator(".detail .channels li").count()).toBeGreaterThan(40);
  expect(await barriers(page)).toEqual([]);
  await page.setViewportSize({ width: 375, height: 740 });
  expect(await isWider(page)).toBe(false);

  await page.getByRole("searchbox").fill("Block3_2_");
  const found = nodes.filter(({ label }) => label.includes("block3_2_"));
  await expect.poll(() => linesOf(page)).toEqual(found.map(({ label }) => label));
});
