/** What the page's worker tells it. */
export type Message =
  | { readonly print: string }
  /** A file that the benchmark wrote. */
  | { readonly save: string; readonly text: string }
  /** The end: an error's words, or none. */
  | { readonly done: string };
