import type { ViewName } from "./views.ts";

/** One step of the lessons; its words are in strings/lessons.ts, in the same place of the list. */
interface Lesson {
  readonly view: ViewName;
  /** Parameters of the view's address. */
  readonly params: Readonly<Record<string, string>>;
  /** Which of its choices is right. */
  readonly right: number;
}

const dense = { model: "mnist", picture: "seven", class: "7" };
const pooled = { ...dense, model: "mnist-gap" };

/** In the order of the story; together about twenty minutes. */
export const lessons: readonly Lesson[] = [
  { view: "look", params: dense, right: 1 },
  { view: "network", params: dense, right: 1 },
  { view: "tape", params: dense, right: 2 },
  { view: "seed", params: dense, right: 0 },
  { view: "alpha", params: dense, right: 1 },
  { view: "cam", params: pooled, right: 2 },
  { view: "gate", params: dense, right: 0 },
  { view: "pool", params: dense, right: 1 },
];

/** The address of a lesson's view, where its bar is then shown.
 * @param place from 0 */
export function addressOf(place: number): string {
  const { view, params } = lessons[place] ?? { view: "lessons", params: {} };
  return `#/${view}?${new URLSearchParams({ ...params, lesson: String(place + 1) })}`;
}
