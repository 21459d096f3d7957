import { deconvnetRelu, guidedRelu } from "./ops/activations.ts";
import type { Rules } from "./tape.ts";

/** Backward rules by the name people know them by; each replaces the VJP of the operations it names. */
export const backwardRules = {
  /** The ordinary gradient. */
  gradient: {},
  /** Only positive cotangents pass a ReLU (Zeiler and Fergus 2014). */
  deconvnet: { relu: deconvnetRelu },
  /** Only positive cotangents, and only where the ReLU was open (Springenberg et al. 2015). */
  guided: { relu: guidedRelu },
} as const satisfies Record<string, Rules>;

export type RuleName = keyof typeof backwardRules;
