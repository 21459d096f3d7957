// The network map: its lines are the tape's nodes, its numbers those of the recording, shortcuts go past the lines beside them.
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { groupsOf, layOut } from "../../lab/views/network/layout.ts";
import { add, relu, scale, Tape } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();

const names = (page: Page) => page.locator(".graph .name > :first-child").allTextContents();
const inAddress = (page: Page, part: string) => page.waitForFunction((text) => location.hash.includes(text), part);

it("shows each operation's numbers and channels, by blocks and by name", async () => {
  using one = await lookAt(gpu.engine, "mnist", "seven");
  const values = Array.from(await one.run.tape.node("conv2").output.read());
  const page = await lab.open("network?model=mnist&picture=seven&node=conv2");
  const labels = one.run.tape.nodes.map(({ label }) => label);
  const fact = async (name: string) => parseFloat((await page.locator(`[data-fact="${name}"]`).textContent()) ?? "");
  expect(await names(page)).toEqual(expect.arrayContaining(["input", ...labels]));
  expect(await fact("max")).toBeCloseTo(Math.max(...values), 3);
  expect(await fact("mean")).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 4);
  expect(await fact("zero")).toBeCloseTo((100 * values.filter((value) => value === 0).length) / values.length, 1);
  expect(await page.locator(".detail .channels li").count()).toBe(48);
  await page.locator(".of-node[aria-expanded='true'] + .thumbs canvas").waitFor();

  await page.getByRole("button", { name: "conv2/conv2d", exact: true }).click(); // where it was computed from
  await ready(page);
  expect(await fact("zero")).toBe(0);
  await inAddress(page, "node=conv2%2Fconv2d");
  expect(await barriers(page)).toEqual([]);

  await page.getByRole("button", { name: "Close all blocks" }).click();
  await page.locator(".of-node[aria-expanded='true']").click();
  await inAddress(page, "open=");
  expect(await names(page)).toEqual("input conv1 pool1 conv2 pool2 conv3 pool3 flatten dense predictions".split(" "));
  await page.getByRole("searchbox").fill("POOL");
  await inAddress(page, "find=POOL");
  expect(await names(page)).toEqual(["pool1", "pool2", "pool3"]);
});

it("draws what goes past other lines as a bracket, and keeps it inside a closed block", () => {
  const { engine } = gpu;
  using input = engine.tensor([1, -2], [1, 2]);
  using tape = new Tape(engine);
  const step = <T>(label: string, body: () => T) => {
    tape.label = label;
    return tape.run(body);
  };
  const stem = step("stem_relu", () => relu(input));
  const half = step("block1a_scale", () => scale(stem, 0.5));
  const gate = step("block1a_relu", () => relu(half));
  step("block1a_add", () => add(gate, stem));
  const run = { tape, input };
  const groups = groupsOf(run, tape.nodes);
  expect(groups.map(({ name, shortcut }) => [name, shortcut])).toEqual([
    ["stem", false],
    ["block1a", true],
  ]);
  // input, stem, block1a
  expect(layOut(run, groups, () => false)).toMatchObject({ joined: [true, true, false], skips: [], lanes: 0 });
  // input, stem, the block's heading, scale, relu, add
  const open = layOut(run, groups, () => true);
  expect(open.joined).toEqual([true, true, true, true, true, false]);
  expect(open.skips).toEqual([{ from: 1, to: 5, lane: 0 }]);
});
