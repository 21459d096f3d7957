import { ShapeError } from "../../errors.ts";
import { quantileKernel } from "../../kernels/selection.ts";
import { overRows } from "../../tensor/rows.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";

/** The q-quantile of each row (first axis): the value at place q (R - 1), rounded down, of its R values sorted upwards;
 * exact, one of the values itself. No gradient.
 * @param q from 0, the least, to 1, the greatest
 * @returns [rows]
 * @throws  ShapeError for another q, or rows without values */
export function quantile(x: Tensor, q: number): Tensor {
  if (!(q >= 0 && q <= 1)) throw new ShapeError(`quantile: q is ${q}; give a share from 0 to 1`);
  if (sizeOf(x.shape.slice(1)) === 0) throw new ShapeError(`quantile: ${shown("x", x)} has rows without values`);
  return quantileOp.apply({ x }, { q });
}

const quantileOp = defineOp<{ q: number }>({
  name: "quantile",
  forward: (inputs, { q }) => {
    const x = need(inputs, "x");
    const R = sizeOf(x.shape.slice(1));
    const y = x.engine.empty([x.shape[0] ?? 1]);
    if (y.size === 0) return y;
    const rank = Math.floor(q * (R - 1));
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      x.engine.run(quantileKernel, ranges, { rows: ranges.y.size / 4, R, rank });
    });
    return y;
  },
  vjp: () => ({}),
});
