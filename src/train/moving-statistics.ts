import { moveAverage } from "../autograd/ops/batch-norm-training.ts";
import type { Observation } from "../nn/training.ts";
import { copyElements } from "../tensor/rows.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A moving statistic, and what it was before a step. */
export interface Moved {
  readonly moving: Tensor;
  /** The caller's. */
  readonly before: Tensor;
}

/** Averages in what batch norm saw in one step. */
export function moveAll(observations: readonly Observation[]): Moved[] {
  return observations.map(({ moving, moments, row, momentum }) => {
    const before = moving.engine.keep(moving.engine.empty(moving.shape));
    copyElements(moving, { to: before, at: 0 });
    moveAverage(moving, moments, { momentum, offset: row * moving.size });
    return { moving, before };
  });
}

/** Takes it back; a statistic of a shared layer moved several times. */
export function moveBack(moved: readonly Moved[]): void {
  for (const { moving, before } of moved.toReversed()) copyElements(before, { to: moving, at: 0 });
}
