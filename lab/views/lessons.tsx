import { addressOf, lessons } from "../lessons.ts";
import { LessonQuestion, LessonTasks } from "../parts/lesson-body.tsx";
import { answers, forget, underWay } from "../store/learnt.ts";
import { setParams } from "../store/link.ts";
import { appWords } from "../strings/app.ts";
import { lessonsWords } from "../strings/lessons.ts";

export function Lessons() {
  const words = lessonsWords();
  const done = answers.value.filter((choice) => choice !== undefined).length;
  const next = answers.value.indexOf(undefined);
  const place = underWay.value ?? Math.max(0, next);
  const step = words.steps[place];
  const view = lessons[place]?.view;
  return (
    <>
      <p class="lead">{words.lead}</p>
      <p class="lesson-progress">
        <span>{words.done(done, lessons.length)}</span>
        <progress aria-label={words.done(done, lessons.length)} value={done} max={lessons.length} />
        {done > 0 && (
          <button type="button" onClick={forget}>
            {words.forget}
          </button>
        )}
      </p>
      <div class="lessons">
        <ol>
          {words.steps.map(({ title }, i) => (
            <li key={title}>
              <button
                type="button"
                aria-current={i === place ? "step" : undefined}
                onClick={() => setParams({ lesson: i + 1 })}
              >
                <span>{title}</span>
                <span class="soft">{markOf(i)}</span>
              </button>
            </li>
          ))}
        </ol>
        {step && view && (
          <section aria-labelledby="lesson">
            <h2 id="lesson">
              {place + 1}. {step.title}
            </h2>
            <p>{step.about}</p>
            <p>
              <a class="open-lesson" href={addressOf(place)}>
                {words.open(appWords().names[view])}
              </a>
            </p>
            <LessonTasks place={place} />
            <LessonQuestion key={place} place={place} />
          </section>
        )}
      </div>
    </>
  );
}

/** How a lesson stands, in a word. */
function markOf(place: number): string {
  const words = lessonsWords();
  const chosen = answers.value[place];
  if (chosen === undefined) return "";
  return chosen === lessons[place]?.right ? words.isRight : words.isAnswered;
}
