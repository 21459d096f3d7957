// Kernel bench: the project's benchmark page runs inside the built lab, below whatever path that lies at.
import { expect, it } from "vitest";
import { barriers, useLab } from "./lab.ts";

const lab = useLab();

it("measures a kernel in the page's frame", async () => {
  const page = await lab.open("bench?model=mnist");
  const frame = page.frameLocator("iframe.bench");
  await frame.getByLabel("Kernel").selectOption("relu");
  await frame.getByLabel("Shapes").fill("4x4x4");
  await frame.getByLabel("Budget, ms").fill("1");
  await frame.getByRole("button", { name: "Run" }).click();
  await expect.poll(() => frame.getByRole("status").textContent(), { timeout: 60_000 }).toBe("Done.");
  expect(await frame.getByRole("link", { name: "JSON" }).getAttribute("href")).toMatch(/^blob:/);
  expect(await frame.frameLocator("iframe").getByRole("heading", { name: "Kernels" }).count()).toBe(1);
  expect(await barriers(page)).toEqual([]);
});
