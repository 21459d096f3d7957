/** Where a result came from; enough to make it again. */
export interface Provenance {
  readonly model: string;
  readonly method: string;
  /** The target layer of a class activation map. */
  readonly layer?: string;
  /** The scalar that was explained, in words: "logit of class 285". */
  readonly target: string;
  /** The backward rule at ReLUs. */
  readonly rule: string;
}

/** One class of a prediction. */
export interface Prediction {
  readonly index: number;
  /** Its name, where the model knows names. */
  readonly label?: string;
  readonly probability: number;
  /** The value before the last softmax or sigmoid. */
  readonly logit: number;
}
