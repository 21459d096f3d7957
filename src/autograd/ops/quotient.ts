import { ShapeError } from "../../errors.ts";
import { stabilizedQuotientKernel } from "../../kernels/quotient.ts";
import { overRows } from "../../tensor/rows.ts";
import { sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";
import { mul, scale } from "./arithmetic.ts";

/** y = a / (b + epsilon sign(b)), element by element, where the sign of 0 is 1: a quotient that stays finite as b
 * passes 0.
 * @param options.epsilon over 0, in the units of b; 1e-6 unless given
 * @throws ShapeError unless a and b have one shape and epsilon is over 0 */
export function stabilizedQuotient(a: Tensor, b: Tensor, options: { epsilon?: number } = {}): Tensor {
  const { epsilon = 1e-6 } = options;
  if (!sameShape(a.shape, b.shape))
    throw new ShapeError(
      `stabilizedQuotient: ${shown("a", a)} and ${shown("b", b)}; two tensors of one shape are wanted`,
    );
  if (!(epsilon > 0 && Number.isFinite(epsilon)))
    throw new ShapeError(`stabilizedQuotient: epsilon is ${epsilon}; a number over 0 is wanted, such as 1e-6`);
  return quotientOp.apply({ a, b }, { epsilon });
}

const quotientOp = defineOp<{ epsilon: number }>({
  name: "stabilized_quotient",
  reads: ["b", "y"],
  forward: (inputs, { epsilon }) => {
    const a = need(inputs, "a");
    const b = need(inputs, "b");
    const y = a.engine.empty(a.shape);
    overRows({ inputs: { a, b }, outputs: { y } }, (ranges) => {
      a.engine.run(stabilizedQuotientKernel, ranges, { n: ranges.y.size / 4, epsilon });
    });
    return y;
  },
  // with d the denominator: da = dy / d, db = -dy a / d^2 = -dy y / d
  vjp: (dy, { inputs, y, params, wanted }) => {
    const b = need(inputs, "b");
    return {
      a: wanted.has("a") ? stabilizedQuotient(dy, b, params) : undefined,
      b: wanted.has("b") ? scale(stabilizedQuotient(mul(dy, y), b, params), -1) : undefined,
    };
  },
});
