import type { ComponentChildren } from "preact";
import { resultWords } from "../strings/parts.ts";
import { Busy } from "./controls.tsx";
import type { Result } from "./use-result.ts";

interface AnswerProps<T> {
  readonly result: Result<T>;
  readonly children: (value: T) => ComponentChildren;
}

/** What a question gave: the last answer, dimmed while the next is under way, or why there is none. */
export function Answer<T>({ result, children }: AnswerProps<T>) {
  const { value, pending, error } = result;
  if (error !== undefined)
    return (
      <p class="refused" role="alert">
        {error}
      </p>
    );
  return (
    <div class={`answer ${pending ? "pending" : ""}`} aria-busy={pending}>
      {value === undefined ? <Busy label={resultWords().working} /> : children(value)}
    </div>
  );
}
