import type { Tensor } from "../../tensor/tensor.ts";
import type { Schedule } from "../schedules.ts";

/** What all optimisers take; each adds its own. */
export interface OptimizerOptions {
  /** A number, or a function of the step; each optimiser has its default. */
  readonly learningRate?: number | Schedule;
  /** Shortens the gradients of all parameters together to this Euclidean norm (Keras' global_clipnorm); never, unless given. */
  readonly clipNorm?: number;
  /** Before each step, takes this times the learning rate off every parameter (decoupled, as Keras does it; Loshchilov
   * and Hutter 2017). */
  readonly weightDecay?: number;
}

/** All that a checkpoint needs, beside the parameters, to go on bit for bit. */
export interface OptimizerState {
  readonly name: string;
  /** Updates done. */
  readonly step: number;
  /** The optimiser's arrays by Keras' name and the parameter's place: "momentum/0", "velocity/0", "momentum/1", ... */
  readonly slots: Readonly<Record<string, Float32Array>>;
}

/** Changes parameters by their gradients. Update kernels run over all parameters laid end to end: the number of dispatches
 * does not grow with the number of parameters. */
export interface Optimizer {
  readonly name: string;
  /** Updates done so far. */
  readonly step: number;
  /** Of the next update. */
  readonly learningRate: number;
  readonly parameters: readonly Tensor[];
  /** Sum of the squares of all gradients of the last update, before clipping, [1]; the optimiser's own. Where it is not
   * finite, that update changed nothing (but counted). */
  readonly squaredNorm: Tensor;
  /** Encodes the addition of `weight` (1 unless given) times these gradients to those that the next update uses: k calls
   * with weights 1/k, each with the mean gradient of a k-th of a batch, and one update() are one step of the whole batch.
   * @throws ShapeError unless there is one gradient per parameter, of its shape */
  accumulate(gradients: readonly Tensor[], weight?: number): void;
  /** Encodes one step by these gradients and whatever was accumulated; nothing is read back. The parameters change in
   * their own buffers, so what a tape recorded of them before is no longer theirs.
   * @throws ShapeError as `accumulate` does, or if there are no gradients at all */
  update(gradients?: readonly Tensor[]): void;
  /** Reads the state as of the last update that was encoded; accumulated gradients are not part of it. */
  state(): Promise<OptimizerState>;
  /** Goes on from a state; accumulated gradients are dropped.
   * @throws WeightsFormatError if it is another optimiser's or another model's; nothing has changed then */
  restore(state: OptimizerState): void;
  dispose(): void;
  [Symbol.dispose](): void;
}
