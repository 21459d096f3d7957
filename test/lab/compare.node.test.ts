// Compare: every map of the grid is what the engine answers, and the cursor marks one place on all of them.
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { valueAt } from "../../lab/views/compare/methods.ts";
import { classLogit, decodeImage, explain, loadModel } from "../../src/index.ts";
import { engineForTests } from "../support/engine.ts";
import { barriers, go, ready, useLab } from "./lab.ts";
import { fileOf, lookAt } from "./look-at.ts";

const lab = useLab();

const shownOn = async (page: Page, method: string) =>
  (await page.locator(`[data-method="${method}"] [data-value]`).allTextContents()).map(Number);

function close(values: readonly number[], wanted: readonly number[]): void {
  expect(values.length).toBe(wanted.length);
  const most = Math.max(...wanted.map(Math.abs));
  for (const [i, value] of values.entries()) expect(Math.abs(value - (wanted[i] ?? 0)) / most).toBeLessThan(1e-3);
}

it("shows each method's value under the cursor for every class, and every layer", async () => {
  const model = await loadModel(await engineForTests(), fileOf("weights/mnist/gap.safetensors"));
  using run = explain(model, await decodeImage(fileOf("lab/samples/seven.png")));
  const at = { x: 0.3, y: 0.6 };
  const classes = [7, 1];
  const target = classes.map((index) => classLogit(index));
  const page = await lab.open(
    `compare?model=mnist-gap&picture=seven&methods=gradcam,cam,guided,eigencam&classes=7,1&at=0.3,0.6`,
  );
  const shown = (method: string) => shownOn(page, method);
  const maps = {
    gradcam: await run.gradCam({ target }),
    cam: await run.cam({ target }),
    guided: await run.guidedBackprop({ target }),
  };
  for (const [method, answers] of Object.entries(maps))
    close(
      await shown(method),
      answers.map((map) => valueAt(map, at)),
    );
  const [first, second] = await shown("eigencam");
  expect(first).toBe(second);

  const map = page.locator('[data-method="gradcam"] canvas').first();
  const { width = 0, height = 0 } = (await map.boundingBox()) ?? {};
  await map.hover({ position: { x: 0.7 * width, y: 0.2 * height } });
  close(
    await shown("guided"),
    maps.guided.map((one) => valueAt(one, { x: 0.7, y: 0.2 })),
  );
  await map.click();
  expect(await page.locator(".large .measured").textContent()).toContain("logit of class 7");
  expect(await barriers(page)).toEqual([]);

  await page.mouse.move(1, 1);
  const layers = run.layers().slice(-2);
  await go(
    page,
    `compare?model=mnist-gap&picture=seven&class=7&by=layers&layers=${layers.join()}&methods=gradcam,guided&at=0.3,0.6`,
  );
  await ready(page);
  const each = await Promise.all(layers.map((layer) => run.gradCam({ target: classLogit(7), layer })));
  close(
    await shown("gradcam"),
    each.map((one) => valueAt(one, at)),
  );
  expect(await shown("guided")).toHaveLength(1);
  model.dispose();
});

it("puts another network beside the one that is open, asked for the class of the same name", async () => {
  const engine = await engineForTests();
  using dense = await lookAt(engine, "mnist", "seven");
  using gap = await lookAt(engine, "mnist-gap", "seven");
  const ask = ({ run }: typeof dense) => run.gradCam({ target: classLogit(7) });
  const maps = [await ask(dense), await ask(gap)];
  const cam = await gap.run.cam({ target: classLogit(7) });
  const values = (x: number, y: number) => maps.map((map) => valueAt(map, { x, y }));

  const view = "by=models&models=mnist,mnist-gap&methods=gradcam,cam&at=0.3,0.6";
  const page = await lab.open(`compare?model=mnist&picture=seven&class=7&${view}`);
  const heads = page.locator(".compare thead th p");
  expect(await heads.allTextContents()).toEqual([
    expect.stringContaining(`at layer ${dense.run.layers().at(-1)}.`),
    expect.stringMatching(new RegExp(`at layer ${gap.run.layers().at(-1)}. The class of the same name.$`)),
  ]);
  close(await shownOn(page, "gradcam"), values(0.3, 0.6));
  // it has no global pooling: its place says so, the other's map is there
  expect(await page.locator('[data-method="cam"] .refused').textContent()).toContain("CAM is not defined");
  close(await shownOn(page, "cam"), [valueAt(cam, { x: 0.3, y: 0.6 })]);

  const second = page.locator('[data-method="gradcam"] canvas').nth(1);
  const { width = 0, height = 0 } = (await second.boundingBox()) ?? {};
  await second.hover({ position: { x: 0.6 * width, y: 0.2 * height } });
  close(await shownOn(page, "gradcam"), values(0.6, 0.2));
  await second.click();
  expect(await page.locator(".large .measured").textContent()).toContain("mnist-gap");
  expect(await barriers(page)).toEqual([]);

  await page.mouse.move(1, 1);
  await page.getByLabel("Column 2").selectOption("");
  await expect.poll(() => new URL(page.url()).hash, { timeout: 5000 }).toContain("models=mnist&");
  await ready(page);
  expect(await shownOn(page, "gradcam")).toHaveLength(1);
  // the same question to the other: the one that was beside it is now the page's own
  await go(page, `compare?model=mnist-gap&picture=seven&class=7&${view}`);
  await expect.poll(() => shownOn(page, "gradcam"), { timeout: 9000 }).toHaveLength(2);
  close(await shownOn(page, "gradcam"), values(0.3, 0.6).toReversed());
});
