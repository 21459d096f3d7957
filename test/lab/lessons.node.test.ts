// The lessons: answered before the reason shows, remembered, and each link opens its view with the lesson on top.
import { expect, it } from "vitest";
import { englishSteps } from "../../lab/strings/lessons-en.ts";
import { koreanSteps } from "../../lab/strings/lessons-ko.ts";
import { barriers, ready, useLab } from "./lab.ts";
import { lessonsPage } from "./lessons-page.ts";

const lab = useLab();

it("has the same steps in both languages, with as many choices", () => {
  const shape = (steps: typeof englishSteps) => steps.map(({ tasks, choices }) => [tasks.length, choices.length]);
  expect(englishSteps).toHaveLength(8);
  expect(shape(koreanSteps)).toEqual(shape(englishSteps));
});

it("are what docs/lessons.md says", async () => {
  await expect(lessonsPage()).toMatchFileSnapshot("../../docs/lessons.md");
});

it("leads from lesson to lesson, and keeps what was answered", async () => {
  const page = await lab.open("lessons?model=mnist&lesson=5");
  expect(await page.locator(".reveal").count()).toBe(0);
  await page.getByLabel("It is a weight that the network learned.").check();
  expect(await page.getByRole("status").textContent()).toContain("Not quite");
  await page.getByLabel(/mean, over all positions, of the gradient/).check();
  expect(await page.getByRole("status").textContent()).toBe("That is right.");
  await page.getByText("The reason", { exact: true }).click();
  expect(await page.locator(".reveal").textContent()).toContain("alpha is the mean of these numbers");
  expect(await barriers(page)).toEqual([]);

  await page.getByRole("link", { name: "Open “Alpha builder”" }).click();
  for (const [number, title] of ["Alpha builder", "CAM is Grad-CAM", "The ReLU gate", "Pool switches"].entries()) {
    await ready(page);
    await expect.poll(() => page.locator("h1").textContent(), { timeout: 5000 }).toBe(title);
    expect(await page.locator(".lesson-bar").textContent()).toContain(`Lesson ${number + 5} of 8`);
    if (number < 3) await page.getByRole("link", { name: "Next lesson" }).click();
  }
  await page.getByRole("link", { name: "Look", exact: true }).click();
  await page.getByRole("link", { name: "Back to this lesson's view" }).click();
  await page.getByRole("button", { name: "End the lessons" }).click();
  expect(await page.locator(".lesson-bar").count()).toBe(0);
  await page.reload();
  await ready(page);
  await page.getByRole("link", { name: "Lessons" }).click();
  expect(await page.locator(".lessons li").nth(4).textContent()).toBe("Where alpha comes fromright");
});
