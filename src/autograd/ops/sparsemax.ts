import { sparsemaxKernel, sparsemaxRanksKernel, sparsemaxVjpKernel } from "../../kernels/sparsemax.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need } from "../op.ts";
import { softmaxAxes } from "./activations.ts";

export interface SparsemaxOptions {
  /** The last unless given. */
  readonly axis?: number;
  /** Keras 3 takes the sum of the running sums for the sum of the elements that get a share, so that its rows do not add up
   * to 1; models trained with it need the same. */
  readonly asKeras?: boolean;
}

/** The point of the probability simplex that is nearest to each row: max(x - t, 0), with t such that a row's sum is 1.
 * @param x rows of up to a few thousand values: the work grows with the square of their length
 * @throws ShapeError as softmax does
 * @see    Martins and Astudillo 2016, "From softmax to sparsemax" */
export function sparsemax(x: Tensor, options: SparsemaxOptions = {}): Tensor {
  return sparsemaxOp.apply({ x }, options);
}

function extentsOf(x: Tensor, { axis = -1, asKeras = false }: SparsemaxOptions) {
  return { ...softmaxAxes(x, { axis }, "sparsemax"), keras: Number(asKeras) };
}

/** Places of the elements that get a share. */
function ranksOf(x: Tensor, { C, inner }: { C: number; inner: number }): Tensor {
  const ranks = x.engine.empty(x.shape);
  overRows({ inputs: { x }, outputs: { y: ranks } }, (ranges) => {
    x.engine.run(sparsemaxRanksKernel, ranges, { rows: ranges.y.size / 4 / C, C, inner });
  });
  return ranks;
}

const sparsemaxOp = defineOp<SparsemaxOptions>({
  name: "sparsemax",
  forward: (inputs, options) => {
    const x = need(inputs, "x");
    const extents = extentsOf(x, options);
    const ranks = ranksOf(x, extents);
    const y = x.engine.empty(x.shape);
    overRows({ inputs: { x, ranks }, outputs: { y } }, (ranges) => {
      x.engine.run(sparsemaxKernel, ranges, { ...extents, rows: ranges.y.size / 4 / extents.C });
    });
    return y;
  },
  vjp: (dy, { inputs, params }) => {
    const x = need(inputs, "x");
    const extents = extentsOf(x, params);
    const ranks = ranksOf(x, extents);
    const dx = x.engine.empty(x.shape);
    overRows({ inputs: { x, ranks, dy }, outputs: { dx } }, (ranges) => {
      x.engine.run(sparsemaxVjpKernel, ranges, { ...extents, rows: ranges.dx.size / 4 / extents.C });
    });
    return { x: dx };
  },
});
