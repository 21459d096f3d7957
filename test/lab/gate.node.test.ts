// The ReLU gate: what passes in each quadrant is counted on the page as the engine counts it.
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { activationOf } from "../../lab/parts/activation.ts";
import {
  backwardRules,
  elu,
  leakyRelu,
  prelu,
  type RuleName,
  type Rules,
  type Run,
  relu,
  sigmoid,
  Tape,
  type TapeNode,
  type Tensor,
} from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, go, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();
const rules = ["gradient", "deconvnet", "guided"] as const;
const zones = ["open-up", "open-down", "closed-up", "closed-down", "nothing"] as const;
/** Values so near 0 that adapters may round them to either side. */
const fewValues = 3;

/** The values of a gate and what arrives there and leaves under some rules. */
async function gateOf(run: Run, { output, inputs }: TapeNode, under: Rules) {
  const { x } = inputs;
  if (!x) throw new Error("the gate has no input");
  const logits = run.outputs.logits;
  const seed = run.model.engine.tensor(
    Array.from({ length: 10 }, (_, i) => Number(i === 7)),
    logits.shape,
  );
  const walked = run.tape.backward(logits, { seed, wrt: [output, x], rules: under });
  const [given, r, dx] = await run.model.engine.read([x, ...walked]);
  for (const tensor of [seed, ...walked]) tensor.dispose();
  return { x: given ?? [], r: r ?? [], dx: dx ?? [] };
}

function counted({ x, r, dx }: Awaited<ReturnType<typeof gateOf>>): number[][] {
  const counts = zones.map(() => [0, 0]);
  for (const [i, arriving] of r.entries()) {
    const side = (x[i] ?? 0) > 0 ? "open" : "closed";
    const zone = arriving === 0 ? "nothing" : (`${side}-${arriving > 0 ? "up" : "down"}` as const);
    const [passed = 0, arrived = 0] = counts[zones.indexOf(zone)] ?? [];
    counts[zones.indexOf(zone)] = [passed + Number(dx[i] !== 0), arrived + 1];
  }
  return counts;
}

/** The table: for each zone, for each rule, how many passed of how many. */
async function shown(page: Page): Promise<number[][][]> {
  const rows = zones.map((zone) => page.locator(`[data-zone="${zone}"] td`).allTextContents());
  return (await Promise.all(rows)).map((cells) =>
    cells.map((cell) => [...cell.matchAll(/(\d+) of (\d+)/g)].flatMap(([, ...numbers]) => numbers.map(Number))),
  );
}

function expectAlike(table: number[][][], rule: RuleName, counts: number[][]): void {
  for (const [i, row] of table.entries())
    for (const [k, value] of (row[rules.indexOf(rule)] ?? []).entries())
      expect(Math.abs(value - (counts[i]?.[k] ?? Number.NaN)), `${rule}, ${zones[i]}`).toBeLessThanOrEqual(fewValues);
}

it("knows where a gate is open: there, and there alone, the gradient is whole", async () => {
  const { engine } = gpu;
  const values = [-9, -2, -0.5, 0.25, 1.5, 4, 5.5, 7, 30];
  using x = engine.tensor(values, [1, values.length]);
  using alpha = engine.tensor([0.3], [1]);
  const gates: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ["ReLU", (x) => relu(x)],
    ["ReLU6", (x) => relu(x, { max: 6 })],
    ["Clipped ReLU", (x) => relu(x, { max: 5 })],
    ["Leaky ReLU", (x) => leakyRelu(x)],
    ["Leaky ReLU", (x) => relu(x, { slope: 0.5, max: 6 })],
    ["Thresholded ReLU", (x) => relu(x, { threshold: 1, max: 20 })],
    ["PReLU", (x) => prelu(x, alpha)],
    ["ELU", (x) => elu(x)],
  ];
  for (const [name, apply] of gates) {
    using tape = new Tape(engine);
    const y = tape.run(() => apply(x));
    const found = tape.nodes[0] && activationOf(tape.nodes[0]);
    expect(found?.name).toBe(name);
    using dx = tape.backward(y, { wrt: [x] })[0] ?? engine.tensor([0], [1]);
    const slopes = [...(await dx.read())];
    const isOpen = (value: number) => found !== undefined && value > found.from && value < found.top;
    expect(
      slopes.map((slope) => slope === 1),
      name,
    ).toEqual(values.map(isOpen));
    const isShut = slopes.every((slope, i) => slope === 0 || isOpen(values[i] ?? 0));
    expect(found?.shuts, name).toBe(isShut);
  }
  using tape = new Tape(engine);
  tape.run(() => sigmoid(x));
  expect(tape.nodes.map(activationOf)).toEqual([undefined]);
});

/** The network for digits with ReLU6 in place of ReLU. */
function withRelu6(): Buffer {
  const file = readFileSync("weights/mnist/dense.safetensors");
  const end = 8 + Number(file.readBigUInt64LE(0));
  const header = file.toString("utf8", 8, end).replaceAll('\\"relu\\"', '\\"relu6\\"');
  const length = 8 * Math.ceil(Buffer.byteLength(header) / 8);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([start, Buffer.from(header.padEnd(length)), file.subarray(end)]);
}

it("counts what each rule lets through, at this gate alone and at every gate", async () => {
  using one = await lookAt(gpu.engine, "mnist", "seven");
  const node = one.run.tape.nodes.find(({ label, op }) => label === "conv3" && op.name === "relu");
  if (!node) throw new Error("no such gate");
  const page = await lab.open("gate?model=mnist&picture=seven&class=7&node=conv3");
  const here = await shown(page);
  for (const rule of rules) {
    const own = { vjp: (backwardRules[rule] as Record<string, never>).relu ?? node.op.vjp };
    expectAlike(
      here,
      rule,
      counted(await gateOf(one.run, node, ({ index }) => (index === node.index ? own : undefined))),
    );
  }
  // at this gate alone the rules are their definitions, to the last value
  const [up = [], down = [], closedUp = [], closedDown = [], nothing = []] = here;
  const arrived = (row: number[][]) => row[0]?.[1] ?? 0;
  expect(up.map(([passed]) => passed)).toEqual(up.map(([, all]) => all));
  expect(down.map(([passed]) => passed)).toEqual([arrived(down), 0, 0]);
  expect(closedUp.map(([passed]) => passed)).toEqual([0, arrived(closedUp), 0]);
  expect([...closedDown, ...nothing].every(([passed]) => passed === 0)).toBe(true);
  expect(here.reduce((sum, row) => sum + arrived(row), 0)).toBe(node.output.size);

  const numbers = async (grid: number) =>
    (await page.locator(".worked .numbers").nth(grid).locator("td").allTextContents()).map(Number);
  const [x, r] = [await numbers(0), await numbers(1)];
  expect(await numbers(2)).toEqual(r.map((value, i) => ((x[i] ?? 0) > 0 ? value : 0)));
  expect(await numbers(4)).toEqual(r.map((value) => Math.max(0, value)));
  expect(await numbers(6)).toEqual(r.map((value, i) => ((x[i] ?? 0) > 0 ? Math.max(0, value) : 0)));

  const dispatches = (await page.locator("[data-dispatches]").getAttribute("data-dispatches"))?.split(" ").map(Number);
  expect(dispatches).toHaveLength(3);
  expect(new Set(dispatches).size).toBe(1);
  // how many a step takes is the adapter's affair; a forward pass besides would show in the first walk alone
  expect(dispatches?.[0]).toBeGreaterThan(0);

  await page.getByRole("radio", { name: "at every gate of the walk" }).click();
  await ready(page);
  await page.waitForFunction(() => location.hash.includes("scope=all"));
  const all = await shown(page);
  for (const rule of rules) expectAlike(all, rule, counted(await gateOf(one.run, node, backwardRules[rule])));
  expect(all).not.toEqual(here);
  expect(await barriers(page)).toEqual([]);
  await conditions(page);
});

/** The page writes the condition of the gate that was recorded: a ReLU's, then a ReLU6's. */
async function conditions(page: Page): Promise<void> {
  const said = async () => ({
    name: await page.locator("[data-activation]").getAttribute("data-activation"),
    rule: await page.locator(".gate-three figure annotation").first().textContent(),
    zone: await page.locator("[data-zone='open-up'] th").textContent(),
  });
  expect(await said()).toEqual({ name: "ReLU", rule: "dx = r \\cdot [x > 0]", zone: "x > 0, r > 0" });
  await go(page, "look?model=mnist&picture=seven");
  const file = { name: "six.bin", mimeType: "", buffer: withRelu6() };
  await page.locator("input[type=file]").setInputFiles(file);
  await expect.poll(() => page.getByLabel("Network").inputValue(), { timeout: 9000 }).toBe(file.name);
  await go(page, "gate");
  expect(await said()).toEqual({ name: "ReLU6", rule: "dx = r \\cdot [0 < x < 6]", zone: "0 < x < 6, r > 0" });
}
