// Compare: every map of the grid is what the engine answers, and the cursor marks one place on all of them.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { valueAt } from "../../lab/views/compare/methods.ts";
import { classLogit, decodeImage, explain, loadModel } from "../../src/index.ts";
import { engineForTests } from "../support/engine.ts";
import { barriers, go, ready, useLab } from "./lab.ts";

const lab = useLab();
const file = (path: string) => new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)));

it("shows each method's value under the cursor for every class, and every layer", async () => {
  const model = await loadModel(await engineForTests(), file("weights/mnist/gap.safetensors"));
  using run = explain(model, await decodeImage(file("lab/samples/seven.png")));
  const at = { x: 0.3, y: 0.6 };
  const classes = [7, 1];
  const target = classes.map((index) => classLogit(index));
  const page = await lab.open(
    `compare?model=mnist-gap&picture=seven&methods=gradcam,cam,guided,eigencam&classes=7,1&at=0.3,0.6`,
  );
  const shown = async (method: string) =>
    (await page.locator(`[data-method="${method}"] [data-value]`).allTextContents()).map(Number);
  const close = (values: readonly number[], wanted: readonly number[]) => {
    expect(values.length).toBe(wanted.length);
    const most = Math.max(...wanted.map(Math.abs));
    for (const [i, value] of values.entries()) expect(Math.abs(value - (wanted[i] ?? 0)) / most).toBeLessThan(1e-3);
  };
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
