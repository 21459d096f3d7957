// Pool switches: where a max pool sends the gradient, and what the global pools make of it.
import { expect, it } from "vitest";
import { classLogit } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();
const [channel, row, column] = [12, 3, 4];
const extent = 14;
const channels = 64;

it("hands dy to the largest of the window, and spreads it where the pool is relaxed", async () => {
  using one = await lookAt(gpu.engine, "mnist", "seven");
  const node = one.run.tape.node("pool2");
  const input = node.inputs.x;
  if (!input) throw new Error("the pool has no input");
  const [dy, dx, x] = await one.run.recording
    .encode(() => {
      const tensors = one.run.recording.gradients(one.run.recording.ask([classLogit(7)]), [node.output, input]);
      return { tensors, finish: (data) => data };
    })
    .then(async (walked) => [...walked, await input.read()]);
  const window = (values: ArrayLike<number> | undefined, at = row) =>
    [0, 1, 2, 3].map((i) => {
      const place = (2 * at + Math.floor(i / 2)) * extent + 2 * column + (i % 2);
      return values?.[place * channels + channel] ?? Number.NaN;
    });
  const arriving = (at: number) => dy?.[(at * (extent / 2) + column) * channels + channel] ?? Number.NaN;

  const page = await lab.open(
    `pool?model=mnist&picture=seven&class=7&node=pool2&channel=${channel}&row=${row}&col=${column}&layer=conv3`,
  );
  const grid = async (index: number) =>
    (await page.locator(".window-numbers .numbers").nth(index).locator("td").allTextContents()).map(Number);
  const expectClose = (values: readonly number[], wanted: readonly number[]) => {
    expect(values).toHaveLength(wanted.length);
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 3);
  };
  const expectWindow = async (at: number) => {
    expectClose(await grid(0), window(x, at));
    expectClose(await grid(1), [arriving(at)]);
    expectClose(await grid(2), window(dx, at));
    expectClose(
      await grid(3),
      [0, 1, 2, 3].map(() => arriving(at) / 4),
    );
    const winner = (await grid(0)).indexOf(Math.max(...(await grid(0))));
    expect((await grid(2)).map((value) => value !== 0)).toEqual([0, 1, 2, 3].map((i) => i === winner));
  };
  await expectWindow(row);
  await page.locator(".pool button").press("ArrowDown");
  await page.waitForFunction(() => location.hash.includes("row=4"));
  await expectWindow(row + 1);

  const facts = async (name: string) =>
    ((await page.locator(`[data-${name}]`).getAttribute(`data-${name}`)) ?? "").split(" ").map(Number);
  const [arrived = 0, ...left] = await facts("sums");
  for (const sum of left) expect(sum).toBeCloseTo(arrived, 4);
  const [mean = 0, each = 0] = await facts("spread");
  const [most = 0, top = 0, side = 0] = await facts("spike");
  expect(each).toBeCloseTo(1 / 49, 6);
  const features = (await page.locator(".global-pools .numbers").first().locator("td").allTextContents()).map(Number);
  expect(features.reduce((sum, value) => sum + value, 0) / 49).toBeCloseTo(mean, 2);
  expect(features[7 * top + side]).toBeCloseTo(most, 2);
  expect(Math.max(...features)).toBeCloseTo(most, 2);

  await page.getByLabel("Layer", { exact: true }).selectOption("pool3");
  await ready(page);
  expect((await facts("spread"))[1]).toBeCloseTo(1 / 9, 6);
  expect(await barriers(page)).toEqual([]);
});
