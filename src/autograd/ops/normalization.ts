import { ShapeError } from "../../errors.ts";
import { batchNormKernel, mulKernel } from "../../kernels/elementwise.ts";
import { overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, type Inputs, need, shown } from "../op.ts";
import { sumRows } from "./sums.ts";

/** What batch norm learned, each of shape [c]. */
export interface BatchNormParameters {
  /** Scale; 1 unless given. */
  readonly gamma?: Tensor | undefined;
  /** Offset; 0 unless given. */
  readonly beta?: Tensor | undefined;
  /** Moving mean. */
  readonly mean: Tensor;
  /** Moving variance. */
  readonly variance: Tensor;
}

/** Batch norm at inference over the last axis: (x - mean) / sqrt(variance + epsilon) * gamma + beta.
 * Mean and variance are constants here: they get no gradient.
 * @param x [..., c]
 * @throws  ShapeError if a parameter is not [c] */
export function batchNorm(x: Tensor, p: BatchNormParameters, options: { epsilon: number }): Tensor {
  const C = x.shape.at(-1);
  for (const [name, tensor] of Object.entries(p))
    if (tensor && (tensor.shape.length !== 1 || tensor.shape[0] !== C))
      throw new ShapeError(`batchNorm: ${shown(name, tensor)} but ${shown("x", x)} wants [${C}]`);
  return batchNormOp.apply({ x, gamma: p.gamma, beta: p.beta, mean: p.mean, variance: p.variance }, options);
}

interface Terms {
  readonly gamma: Tensor | undefined;
  readonly beta: Tensor | undefined;
  readonly mean: Tensor | undefined;
  readonly variance: Tensor;
  readonly epsilon: number;
}

/** The kernel with any of its terms left out. */
function normalize(x: Tensor, { gamma, beta, mean, variance, epsilon }: Terms): Tensor {
  const y = x.engine.empty(x.shape);
  const C = x.shape.at(-1) ?? 1;
  const fixed = {
    gamma: (gamma ?? variance).range,
    beta: (beta ?? variance).range,
    mean: (mean ?? variance).range,
    variance: variance.range,
  };
  const has = { hasGamma: Number(!!gamma), hasBeta: Number(!!beta), hasMean: Number(!!mean) };
  overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
    x.engine.run(batchNormKernel, { ...fixed, ...ranges }, { n: ranges.y.size / 4, C, epsilon, ...has });
  });
  return y;
}

function termsOf(inputs: Inputs, epsilon: number): Terms {
  const { gamma, beta } = inputs;
  return { gamma, beta, mean: need(inputs, "mean"), variance: need(inputs, "variance"), epsilon };
}

const batchNormOp = defineOp<{ epsilon: number }>({
  name: "batch_norm",
  reads: [],
  forward: (inputs, { epsilon }) => normalize(need(inputs, "x"), termsOf(inputs, epsilon)),
  vjp: (dy, { inputs, params, wanted }) => {
    const terms = termsOf(inputs, params.epsilon);
    const x = need(inputs, "x");
    return {
      x: wanted.has("x") ? normalize(dy, { ...terms, mean: undefined, beta: undefined }) : undefined,
      gamma: wanted.has("gamma")
        ? sumRows(product(dy, normalize(x, { ...terms, gamma: undefined, beta: undefined })))
        : undefined,
      beta: wanted.has("beta") ? sumRows(dy) : undefined,
    };
  },
});

/** a * b of one shape. */
function product(a: Tensor, b: Tensor): Tensor {
  const y = a.engine.empty(a.shape);
  overRows({ inputs: { a, b }, outputs: { y } }, (ranges) => {
    const n = ranges.y.size / 4;
    const flat = { d1: 1, d2: 1, d3: n, a0: n, a1: n, a2: n, a3: 1, b0: n, b1: n, b2: n, b3: 1 };
    a.engine.run(mulKernel, ranges, { n, ...flat });
  });
  return y;
}
