/** Where a result came from; enough to make it again. */
export interface Provenance {
  readonly model: string;
  /** As the command line names it: cam, gradcam, guided ... */
  readonly method: string;
  /** The target layer of a class activation map. */
  readonly layer?: string;
  /** The scalar that was explained, in words: "logit of class 285". */
  readonly target: string;
  /** The backward rule at ReLUs: gradient, deconvnet, guided ..., or "none" for methods that only run forward. */
  readonly rule: string;
  /** Place of the picture in the batch, from 0; left out where there is one. */
  readonly picture?: number;
  /** What else was chosen: number of samples, seed, size of a window ... */
  readonly options?: Readonly<Record<string, number | string | boolean>>;
}

/** One class of a prediction. */
export interface Prediction {
  /** Of the model's outputs, from 0. */
  readonly index: number;
  /** Its name, where the model knows names. */
  readonly label?: string;
  /** The model's own output, 0..1 where it ends in a softmax or sigmoid. */
  readonly probability: number;
  /** The value before the last softmax or sigmoid. */
  readonly logit: number;
}
