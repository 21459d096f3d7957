import { signal } from "@preact/signals";

/** What went wrong last, in one message; undefined once the reader has put it away. What was there before stays. */
export const problem = signal<string | undefined>(undefined);

/** Something to know that needs no answer: that the GPU was lost and is back, say. */
export const notice = signal<string | undefined>(undefined);

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tells the reader, unless the work was only given up. */
export function report(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  problem.value = messageOf(error);
}
