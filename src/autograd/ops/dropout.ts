import { ShapeError } from "../../errors.ts";
import { dropoutKernel } from "../../kernels/dropout.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";

export interface DropoutOptions {
  /** Share of the elements that are set to 0, from 0 to 1. */
  readonly rate: number;
  /** Two 32-bit numbers; the same two drop the same elements, on every adapter. */
  readonly seed: readonly [number, number];
  /** Keep or drop whole channels of a picture, x being [n, ..., c]: SpatialDropout, Tompson et al. 2015. */
  readonly channels?: boolean;
}

/** Sets elements to 0 at random and multiplies the others by 1 / (1 - rate). Element e is kept where the first word of
 * Threefry-2x32-20 with key `seed` at counter (e, 0) is at least rate * 2^32, compared by its upper 24 bits; with
 * `channels` the counter is that of picture and channel, n * C + c.
 * @throws ShapeError for a rate outside 0 to 1 or a seed that is not two numbers of 32 bits
 * @see    Srivastava et al. 2014; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" */
export function dropout(x: Tensor, { rate, seed, channels = false }: DropoutOptions): Tensor {
  if (!(rate >= 0 && rate <= 1)) throw new ShapeError(`dropout: rate is ${rate}; it lies between 0 and 1`);
  if (seed.length !== 2 || !seed.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32))
    throw new ShapeError(`dropout: seed is [${seed}]; it takes two whole numbers from 0 to 2^32 - 1`);
  if (channels && x.shape.length < 2)
    throw new ShapeError(`dropout: ${shown("x", x)} has no channels to drop; channels takes [n, ..., c]`);
  return dropoutOp.apply({ x }, { rate, seed: [seed[0], seed[1]], channels, period: x.size });
}

interface DropoutParams extends Required<DropoutOptions> {
  /** Elements that were recorded: a walk or a replay with several times as many drops the same ones each time. */
  readonly period: number;
}

/** What x and its cotangent go through alike. */
function drop(x: Tensor, { rate, seed, channels, period }: DropoutParams): Tensor {
  const y = x.engine.empty(x.shape);
  const C = channels ? (x.shape.at(-1) ?? 1) : period;
  const scalars = {
    period,
    C,
    pixels: channels ? x.rowElements / C : 1,
    key0: seed[0],
    key1: seed[1],
    least: Math.ceil(rate * 2 ** 24),
    factor: rate < 1 ? 1 / (1 - rate) : 0,
  };
  if (x.size === 0) return y;
  overRows({ inputs: { x }, outputs: { y } }, (ranges, _, start) => {
    x.engine.run(dropoutKernel, ranges, { n: ranges.y.size / 4, first: start * x.rowElements, ...scalars });
  });
  return y;
}

const dropoutOp = defineOp<DropoutParams>({
  name: "dropout",
  reads: [],
  forward: (inputs, params) => drop(need(inputs, "x"), params),
  vjp: (dy, { params }) => ({ x: drop(dy, params) }),
});
