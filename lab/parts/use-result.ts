import { useEffect, useState } from "preact/hooks";
import { DeviceLostError, DisposedError } from "../../src/index.ts";
import { messageOf } from "../store/problem.ts";

/** What a question gave so far. */
export interface Result<T> {
  /** The last answer; it stays while the next is under way, so that nothing jumps. */
  readonly value: T | undefined;
  readonly pending: boolean;
  /** Why there is no answer to the last question. */
  readonly error: string | undefined;
}

/** Asks when anything of `deps` changes, and drops answers that were overtaken.
 * @param ask given a signal that is aborted when the question is no longer wanted; undefined: nothing is asked */
export function useResult<T>(
  ask: ((signal: AbortSignal) => Promise<T>) | undefined,
  deps: readonly unknown[],
): Result<T> {
  const [result, setResult] = useState<Result<T>>({ value: undefined, pending: true, error: undefined });
  useEffect(() => {
    if (!ask) return;
    const stop = new AbortController();
    setResult(({ value }) => ({ value, pending: true, error: undefined }));
    ask(stop.signal).then(
      (value) => {
        if (!stop.signal.aborted) setResult({ value, pending: false, error: undefined });
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        // the recording was replaced, or the GPU went away: another question follows
        const passing = error instanceof DisposedError || error instanceof DeviceLostError;
        setResult({ value: undefined, pending: passing, error: passing ? undefined : messageOf(error) });
      },
    );
    return () => stop.abort();
  }, deps);
  return result;
}
