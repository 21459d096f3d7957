import { signal } from "@preact/signals";

/** What the page is busy with. */
type Phase =
  | { readonly kind: "starting" }
  /** Bytes of weights, where they are known. */
  | { readonly kind: "loading"; readonly done: number; readonly total: number }
  | { readonly kind: "looking" }
  | { readonly kind: "ready" }
  /** No network is open: the first was given up, or could not be loaded. */
  | { readonly kind: "nothing" }
  /** There is no WebGPU here: why. */
  | { readonly kind: "without-gpu"; readonly reason: string };

export const phase = signal<Phase>({ kind: "starting" });
