import { addressOf, lessons } from "../lessons.ts";
import { underWay } from "../store/learnt.ts";
import { link, linkTo, setParams } from "../store/link.ts";
import { lessonsWords } from "../strings/lessons.ts";
import { LessonQuestion, LessonTasks } from "./lesson-body.tsx";

/** On top of a view while a lesson is under way: what to do here, and the way on. */
export function LessonBar() {
  const words = lessonsWords();
  const place = underWay.value;
  const step = words.steps[place ?? -1];
  if (place === undefined || !step || link.value.view === "lessons") return null;
  const numbered = words.numbered(place + 1, lessons.length);
  return (
    <aside class="lesson-bar" aria-label={numbered}>
      <p>
        {numbered}: <strong>{step.title}</strong>
      </p>
      <LessonTasks place={place} />
      <details key={place}>
        <summary>{words.question}</summary>
        <LessonQuestion place={place} />
      </details>
      <p class="lesson-ways">
        {lessons[place]?.view !== link.value.view && <a href={addressOf(place)}>{words.back}</a>}
        {place + 1 < lessons.length && <a href={addressOf(place + 1)}>{words.next}</a>}
        <a href={linkTo("lessons")}>{words.all}</a>
        <button type="button" onClick={() => setParams({ lesson: undefined })}>
          {words.end}
        </button>
      </p>
    </aside>
  );
}
