import { useId } from "preact/hooks";
import { lessons } from "../lessons.ts";
import { answer, answers } from "../store/learnt.ts";
import { lessonsWords } from "../strings/lessons.ts";
import { Reveal } from "./controls.tsx";

interface LessonProps {
  /** From 0. */
  readonly place: number;
}

/** What to do in a lesson's view. */
export function LessonTasks({ place }: LessonProps) {
  return (
    <ol class="lesson-tasks">
      {lessonsWords().steps[place]?.tasks.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ol>
  );
}

/** A lesson's question: first the answer, then the reason. */
export function LessonQuestion({ place }: LessonProps) {
  const words = lessonsWords();
  const step = words.steps[place];
  const lesson = lessons[place];
  const name = useId();
  if (!step || !lesson) return null;
  const chosen = answers.value[place];
  return (
    <>
      <fieldset class="lesson-question">
        <legend>{step.question}</legend>
        {step.choices.map((choice, i) => (
          <label key={choice} class="toggle">
            <input type="radio" name={name} checked={i === chosen} onChange={() => answer(place, i)} />
            {choice}
          </label>
        ))}
      </fieldset>
      {chosen === undefined ? (
        <p class="soft">{words.answerFirst}</p>
      ) : (
        <>
          <p role="status">{chosen === lesson.right ? words.right : words.wrong}</p>
          <Reveal question={words.reason}>
            <p>{step.answer}</p>
            <p>
              <strong>{words.remember}</strong> {step.remember}
            </p>
          </Reveal>
        </>
      )}
    </>
  );
}
