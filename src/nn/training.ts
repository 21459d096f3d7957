import type { Tensor } from "../tensor/tensor.ts";

/** What a layer's call needs to know while the network is trained. */
export interface LayerTraining {
  /** Key of this call's random numbers: another for every layer, call and step. */
  readonly key: readonly [number, number];
  /** Takes an observation for a moving statistic, to be averaged in once the step is done. */
  readonly observe: (observation: Observation) => void;
}

/** What batch norm saw of one moving statistic in one step. */
export interface Observation {
  /** The weight that holds the moving statistic, [c]. */
  readonly moving: Tensor;
  /** Mean and variance of this step's batch, [2, c]; the tape's. */
  readonly moments: Tensor;
  /** Which row of the moments: 0 for the mean, 1 for the variance. */
  readonly row: 0 | 1;
  /** How much of the old value stays: moving = momentum * moving + (1 - momentum) * seen. */
  readonly momentum: number;
}

/** How a forward pass is run in training. */
export interface TrainingPass {
  /** Repeats the random numbers of dropout: the same seed gives the same bits on every adapter. */
  readonly seed: string | number;
  /** Layers of these names compute as in inference, as Keras' guide to fine-tuning has it: no dropout, and batch norm by
   * its moving statistics. None unless given. */
  readonly frozen?: ReadonlySet<string>;
  /** Takes what batch norm saw; the tensors live as long as the tape. Nothing changes unless somebody averages it in. */
  readonly onObservation?: (observation: Observation) => void;
}
