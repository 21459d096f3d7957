// The first view: a picture, a network, the likeliest classes and the heat map of one.
import { expect, it } from "vitest";
import { barriers, go, ready, useLab } from "./lab.ts";

const lab = useLab();

it("explains the picture that the address names, and keeps the class in the address", async () => {
  const page = await lab.open("look?model=mnist&picture=nine");
  const best = page.locator(".classes button").first();
  expect(await best.textContent()).toMatch(/^9/);
  await page.locator(".classes button").nth(1).click();
  await ready(page);
  expect(new URL(page.url()).hash).toMatch(/class=\d/);
  await go(page, "look?model=mnist&picture=one");
  expect(await best.textContent()).toMatch(/^1/);
  expect(await barriers(page)).toEqual([]);
});
