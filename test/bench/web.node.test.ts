// The benchmark as a page: a kernel is measured in a headless browser, and its report and its JSON come of it.
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { chromium } from "playwright";
import { expect, it } from "vitest";
import { readDocument } from "../../bench/suite/document.ts";

interface GpuEnv {
  readonly chrome: string;
  readonly chromeArgs: string[];
  readonly chromeEnv: Record<string, string>;
}

async function serveBench(): Promise<{ server: Server; address: string }> {
  const { href } = new URL("../../bench/web.mjs", import.meta.url);
  const module = (await import(/* @vite-ignore */ href)) as {
    serveBench: (port: number) => Promise<{ server: Server; address: string }>;
  };
  return await module.serveBench(0);
}

it("measures what the form says", async () => {
  const gpu = JSON.parse(readFileSync(new URL("../../.gpu/env.json", import.meta.url), "utf8")) as GpuEnv;
  const { server, address } = await serveBench();
  const env = { ...process.env, ...gpu.chromeEnv } as Record<string, string>;
  const browser = await chromium.launch({ executablePath: gpu.chrome, args: gpu.chromeArgs, env });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    await page.goto(address);
    await page.getByLabel("Kernel").selectOption("relu");
    await page.getByLabel("Shapes").fill("4x4x4");
    await page.getByLabel("Variant").fill("all");
    await page.getByLabel("Budget, ms").fill("1");
    await page.getByRole("button", { name: "Run" }).click();
    await expect.poll(() => page.getByRole("status").textContent(), { timeout: 60_000 }).toBe("Done.");
    const report = page.frameLocator("iframe").getByRole("heading", { name: "Kernels" });
    expect(await report.count()).toBe(1);
    const json = await page.evaluate(async () => {
      const link = document.querySelector<HTMLAnchorElement>("#json");
      return link ? await (await fetch(link.href)).text() : "";
    });
    const { kernels, machine } = readDocument(json, "the page's JSON");
    expect(kernels.map(({ kernel, variant, correct }) => [kernel, variant, correct])).toEqual([
      ["relu", "vec4", true],
      ["relu", "naive", true],
    ]);
    expect(machine.runtime).toMatch(/^Chrome /);
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
    server.close();
  }
});
