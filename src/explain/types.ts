/** Where a result came from; enough to make it again. */
export interface Provenance {
  readonly model: string;
  /** cam, gradcam, counterfactual, saliency, deconvnet, guided or guided-gradcam. */
  readonly method: string;
  /** The target layer of a class activation map. */
  readonly layer?: string;
  /** The scalar that was explained, in words: "logit of class 285". */
  readonly target: string;
  /** The backward rule at ReLUs: gradient, deconvnet or guided. */
  readonly rule: string;
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
