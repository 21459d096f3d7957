import { computed, effect, signal } from "@preact/signals";
import { lessons } from "../lessons.ts";
import { numberParam } from "./link.ts";
import { remember, remembered } from "./settings.ts";

// What the reader answered stays in the browser, as "1,,0": the choice for each lesson, nothing where there is none yet.

function kept(): readonly (number | undefined)[] {
  const texts = (remembered("lessons") ?? "").split(",");
  return lessons.map((_, place) => (/^\d$/.test(texts[place] ?? "") ? Number(texts[place]) : undefined));
}

/** The choice for each lesson. */
export const answers = signal(kept());

effect(() => remember("lessons", answers.value.map((choice) => choice ?? "").join()));

export function answer(place: number, choice: number): void {
  answers.value = answers.value.map((old, i) => (i === place ? choice : old));
}

export function forget(): void {
  answers.value = lessons.map(() => undefined);
}

/** The lesson that the address says is under way, from 0. */
export const underWay = computed(() => {
  const number = numberParam("lesson") ?? 0;
  return number >= 1 && number <= lessons.length ? number - 1 : undefined;
});
