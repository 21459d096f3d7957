import { ShapeError } from "../../errors.ts";
import { batchNormKernel } from "../../kernels/elementwise.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, shown } from "../op.ts";

export interface ChannelNumbers {
  /** Subtracted first; 0 unless given. */
  readonly center?: readonly number[] | undefined;
  readonly factor?: readonly number[] | undefined;
  /** Added last; 0 unless given. */
  readonly offset?: readonly number[] | undefined;
}

/** y = (x - center) * factor + offset along the last axis, with numbers that are constants: no weights, no gradients.
 * @param numbers of as many numbers each as the last axis has elements
 * @throws ShapeError if one has another length */
export function channelAffine(x: Tensor, numbers: ChannelNumbers): Tensor {
  const C = x.shape.at(-1);
  for (const [name, list] of Object.entries(numbers) as [string, readonly number[] | undefined][])
    if (list && list.length !== C)
      throw new ShapeError(`channelAffine: ${list.length} numbers for ${name} but ${shown("x", x)} wants ${C}`);
  return affineOp.apply({ x }, numbers);
}

function runAffine(x: Tensor, { center, factor, offset }: ChannelNumbers): Tensor {
  const { engine } = x;
  const C = x.shape.at(-1) ?? 1;
  const y = engine.empty(x.shape);
  const ones = engine.tensor(new Float32Array(C).fill(1), [C]);
  const vector = (list: readonly number[] | undefined) =>
    list ? engine.tensor(Float32Array.from(list), [C]).range : ones.range;
  const fixed = { variance: ones.range, mean: vector(center), gamma: vector(factor), beta: vector(offset) };
  const has = { hasGamma: Number(!!factor), hasBeta: Number(!!offset), hasMean: Number(!!center) };
  overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
    engine.run(batchNormKernel, { ...fixed, ...ranges }, { n: ranges.y.size / 4, C, epsilon: 0, ...has });
  });
  return y;
}

const affineOp = defineOp<ChannelNumbers>({
  name: "channel_affine",
  reads: [],
  forward: (inputs, numbers) => runAffine(need(inputs, "x"), numbers),
  vjp: (dy, { params: { factor } }) => ({ x: runAffine(dy, { factor }) }),
});
