// The tape scrubber: at each stop the page shows what the recording holds, and what a walk back comes by.
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { tokensOf } from "../../lab/parts/wgsl-tokens.ts";
import { allKernels, classLogit, type FlowNode } from "../../src/index.ts";
import { useEngine } from "../support/engine.ts";
import { barriers, ready, useLab } from "./lab.ts";
import { lookAt } from "./look-at.ts";

const lab = useLab();
const gpu = useEngine();

const at = (page: Page, stop: string) => page.locator(`[data-stop="${stop}"]`).waitFor();

async function expectFacts(page: Page, node: FlowNode | undefined): Promise<void> {
  await ready(page);
  const shown = async (name: string) => parseFloat((await page.locator(`[data-fact="${name}"]`).textContent()) ?? "");
  expect(node).toBeDefined();
  for (const name of ["norm", "min", "max"] as const) {
    const wanted = node?.[name] ?? Number.NaN;
    expect(Math.abs((await shown(name)) - wanted), name).toBeLessThanOrEqual(1e-3 * Math.abs(wanted));
  }
  for (const name of ["positive", "negative", "zero"] as const)
    expect(await shown(name), name).toBeCloseTo(100 * (node?.[name] ?? Number.NaN), 0);
}

it("goes there and back: activations, cotangents under a rule, and the shader that computed each", async () => {
  using one = await lookAt(gpu.engine, "mnist", "seven");
  const target = classLogit(7);
  const plain = await one.run.flow({ target, layer: "input" });
  const guided = await one.run.flow({ target, layer: "input", rule: "guided" });
  const of = (flow: typeof plain, label: string) => flow.nodes.find((node) => node.label === label);
  const page = await lab.open("tape?model=mnist&picture=seven&class=7&way=backward&node=conv3");
  await expectFacts(page, of(plain, "conv3"));
  expect(await page.locator(".wgsl").textContent()).toContain("//#if GATE_DY");
  await page.getByRole("radio", { name: "as it ran" }).click();
  expect(await page.locator(".wgsl").textContent()).not.toContain("//");

  await page.getByRole("button", { name: "One on" }).click();
  await at(page, "backward conv3/conv2d");
  await expectFacts(page, of(plain, "conv3/conv2d"));
  await page.getByRole("radio", { name: "guided" }).click();
  await page.waitForFunction(() => location.hash.includes("rule=guided"));
  await expectFacts(page, of(guided, "conv3/conv2d"));
  expect(await page.locator("[data-fact='negative']").textContent()).toBe("0.0 %");

  await page.getByText("All numbers of the way back").click();
  await ready(page);
  const norms = await page.locator("tbody tr td:nth-child(3)").allTextContents();
  expect(norms.map(Number)).toEqual(guided.nodes.map(({ norm }) => expect.closeTo(norm, 2)));
  await page.getByRole("button", { name: "input", exact: true }).click();
  await at(page, "backward input");
  await expectFacts(page, of(guided, "input"));
  expect(await barriers(page)).toEqual([]);

  await page.getByRole("slider").fill("0");
  await at(page, "forward input");
  await page.getByRole("button", { name: "Play" }).click();
  await at(page, "forward conv1");
  await page.getByRole("button", { name: "Pause" }).click();
  await ready(page);
  const values = await one.run.tape.node("conv1").output.read();
  const shown = Number(await page.locator("[data-fact='max']").textContent());
  expect(shown).toBeCloseTo(Math.max(...values), 3);
});

it("colours the words of every shader, and leaves the text as it is", () => {
  for (const kernel of allKernels())
    for (const { source } of Object.values(kernel.variants)) {
      const tokens = tokensOf(source);
      expect(tokens.map(({ text }) => text).join("")).toBe(source);
      expect(new Set(tokens.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(5);
    }
  expect(tokensOf("@id(1) let x = 0x1Fu; // 2 let")).toEqual([
    { kind: "attribute", text: "@id" },
    { kind: "plain", text: "(" },
    { kind: "literal", text: "1" },
    { kind: "plain", text: ") " },
    { kind: "keyword", text: "let" },
    { kind: "plain", text: " x = " },
    { kind: "literal", text: "0x1Fu" },
    { kind: "plain", text: "; " },
    { kind: "comment", text: "// 2 let" },
  ]);
});
