// A network that is loading can be given up; what was there stays.
import type { Page } from "playwright";
import { expect, it } from "vitest";
import { barriers, ready, useLab } from "./lab.ts";

const lab = useLab();

const best = (page: Page) => page.locator(".classes button").first();
const network = (page: Page) => page.getByLabel("Network", { exact: true });
/** Else the page's own cache would answer for the server. */
const direct = { serviceWorkers: "block" } as const;

const routeOf = (file: string) => `**/weights/mnist/${file}.safetensors`;

/** The server is asked for a network's file and never answers. */
async function stall(page: Page, file: string): Promise<void> {
  await page.route(routeOf(file), () => {});
}

it("gives up a network that is loading, and keeps the one that was there", async () => {
  const page = await lab.open("look?model=mnist&picture=seven", direct);
  await stall(page, "gap");
  const giveUp = page.getByRole("button", { name: "Cancel" });

  await network(page).selectOption("mnist-gap");
  await giveUp.click();
  await ready(page);
  expect(await best(page).textContent()).toMatch(/^7/);
  expect(await network(page).inputValue()).toBe("mnist");

  await page.evaluate(() => {
    location.hash = "#/look?model=mnist-gap&picture=nine";
  });
  await giveUp.click();
  await ready(page);
  expect(await best(page).textContent()).toMatch(/^7/);
  await expect.poll(() => page.url(), { timeout: 5000 }).toMatch(/model=mnist&picture=seven/);

  await page.unroute(routeOf("gap"));
  await network(page).selectOption("mnist-gap");
  await ready(page);
  await expect.poll(() => page.url(), { timeout: 5000 }).toMatch(/model=mnist-gap/);
  expect(await best(page).textContent()).toMatch(/^7/);
  // what playwright itself says of the way it was asked to keep
  const said = lab.complaints.splice(0);
  expect(said.filter((text) => !/Service Worker registration blocked/.test(text))).toEqual([]);
  await page.context().close();
});

it("says that nothing is open where the first network was given up, and tries again on demand", async () => {
  const context = await lab.context(direct);
  const page = await context.newPage();
  await stall(page, "dense");
  await page.goto(`${lab.address}#/look?model=mnist&picture=one`);
  const giveUp = page.getByRole("button", { name: "Cancel" });
  const nothing = page.getByText("No network is open.");
  await giveUp.click();
  await nothing.waitFor();
  expect(await barriers(page)).toEqual([]);

  // a picture asks for the same network again
  await page.getByLabel("Picture").selectOption("nine");
  await giveUp.click();
  await nothing.waitFor();
  await page.unroute(routeOf("dense"));
  await page.getByRole("button", { name: "Load again" }).click();
  await ready(page);
  expect(await best(page).textContent()).toMatch(/^9/);
  expect(await nothing.count()).toBe(0);
  await context.close();
});
