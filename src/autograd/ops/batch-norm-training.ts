import { ShapeError } from "../../errors.ts";
import {
  batchNormSumsKernel,
  batchNormTrainingKernel,
  batchNormTrainingVjpKernel,
  channelMomentsKernel,
  joinMomentsKernel,
  movingAverageKernel,
} from "../../kernels/batch-norm.ts";
import { copyElements, overRows } from "../../tensor/rows.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, need, type Recorded, shown } from "../op.ts";
import { type Middle, middle, reduceBlocks, sumRows } from "./sums.ts";

/** Mean and biased variance of each channel over all other axes. It has no gradient of its own: that of
 * `batchNormTraining` goes through the moments to x.
 * @param x [..., c]
 * @returns [2, c], the means first; zeros where x is empty */
export function batchMoments(x: Tensor): Tensor {
  if (x.shape.length < 2)
    throw new ShapeError(`batchMoments: ${shown("x", x)} has no axis to take moments over; it takes [n, ..., c]`);
  return batchMomentsOp.apply({ x }, {});
}

export interface BatchNormTrainingParameters {
  /** Scale, [c]; 1 unless given. */
  readonly gamma?: Tensor | undefined;
  /** Offset, [c]; 0 unless given. */
  readonly beta?: Tensor | undefined;
  /** What `batchMoments` found of the same x. */
  readonly moments: Tensor;
}

/** Batch norm by the batch's own mean and variance: (x - mean) / sqrt(variance + epsilon) * gamma + beta. Its gradient is
 * the full one, through mean and variance too.
 * @param x [..., c]
 * @throws  ShapeError if a parameter is not [c], or the moments not [2, c]
 * @see     Ioffe and Szegedy 2015 */
export function batchNormTraining(
  x: Tensor,
  { gamma, beta, moments }: BatchNormTrainingParameters,
  { epsilon }: { epsilon: number },
): Tensor {
  const C = x.shape.at(-1) ?? 0;
  for (const [name, tensor] of Object.entries({ gamma, beta }))
    if (tensor && (tensor.shape.length !== 1 || tensor.size !== C))
      throw new ShapeError(`batchNormTraining: ${shown(name, tensor)} but ${shown("x", x)} wants [${C}]`);
  if (moments.shape.length !== 2 || moments.shape[0] !== 2 || moments.shape[1] !== C)
    throw new ShapeError(`batchNormTraining: ${shown("moments", moments)} but ${shown("x", x)} wants [2, ${C}]`);
  return batchNormTrainingOp.apply({ x, gamma, beta, moments }, { epsilon, rows: x.shape[0] ?? 0 });
}

/** moving = momentum * moving + (1 - momentum) * value, in `moving`'s own buffer: with the optimisers' updates the one
 * exception to tensors never changing, for statistics that a training run keeps. No tape hears of it, and what a tape
 * recorded of `moving` before is no longer what ran.
 * @param options offset: the element of `value` to begin at, 0 unless given: c for the variances of [2, c] moments
 * @throws ShapeError if `value` holds too few elements */
export function moveAverage(
  moving: Tensor,
  value: Tensor,
  { momentum, offset = 0 }: { momentum: number; offset?: number },
): void {
  const n = moving.size;
  if (!(Number.isInteger(offset) && offset >= 0 && offset + n <= value.size))
    throw new ShapeError(
      `moveAverage: ${shown("value", value)} has no ${n} elements from ${offset} on, as ${shown("moving", moving)} wants`,
    );
  const scalars = { n, first: offset, momentum, share: 1 - momentum };
  moving.engine.run(movingAverageKernel, { moving: moving.range, value: value.range }, scalars);
}

/** All rows over the channels, of what lies in one buffer. */
function rowsOf({ shape }: Tensor): Middle {
  return middle(shape, 0, shape.length - 1);
}

/** Enough workgroups of 16 channels to fill a large GPU, as long as slices are worth a workgroup. */
function slicesOf(rows: number, C: number): number {
  const [leastRows, mostGroups] = [256, 1024];
  return Math.max(1, Math.min(Math.ceil(rows / leastRows), Math.ceil((16 * mostGroups) / C)));
}

const batchMomentsOp = defineOp({
  name: "batch_moments",
  forward: (inputs) => {
    const x = need(inputs, "x");
    const { R, inner: C } = rowsOf(x);
    if (x.size === 0) return x.engine.zeros([2, C]);
    const slices = slicesOf(R, C);
    const triples = reduceBlocks({ x }, { rows: R, width: slices * 3 * C }, ({ x, part }, rows) => {
      part.engine.run(channelMomentsKernel, { x, y: part.range }, { rows, C, slices, L: Math.ceil(rows / slices) });
    });
    const rows = triples.size / (3 * C);
    const y = x.engine.empty([2, C]);
    x.engine.run(joinMomentsKernel, { x: triples.range, y: y.range }, { rows, C, slices: 1, L: rows });
    return y;
  },
  vjp: () => ({}),
});

interface TrainingParams {
  readonly epsilon: number;
  /** Of the batch that was recorded. */
  readonly rows: number;
}

/** Sums over all rows of dy and of dy * xhat, [2, c]: the gradients of beta and of gamma. */
function gradientSums(dy: Tensor, { inputs, params: { epsilon } }: Recorded<TrainingParams>): Tensor {
  const [x, moments] = [need(inputs, "x"), need(inputs, "moments").range];
  const { R, inner: C } = rowsOf(x);
  if (x.size === 0) return x.engine.zeros([2, C]);
  const slices = slicesOf(R, C);
  const parts = reduceBlocks({ x, dy }, { rows: R, width: slices * 2 * C }, ({ part, ...ranges }, rows) => {
    const cut = { rows, C, slices, L: Math.ceil(rows / slices) };
    part.engine.run(batchNormSumsKernel, { ...ranges, moments, part: part.range }, { ...cut, epsilon });
  });
  return sumRows(parts.withShape([parts.size / (2 * C), 2 * C])).withShape([2, C]);
}

function inputGradient(dy: Tensor, sums: Tensor, { inputs, params: { epsilon } }: Recorded<TrainingParams>): Tensor {
  const [x, moments] = [need(inputs, "x"), need(inputs, "moments").range];
  const { R: rows, inner: C } = rowsOf(x);
  const fixed = { moments, sums: sums.range, gamma: inputs.gamma?.range ?? moments };
  const dx = x.engine.empty(x.shape);
  overRows({ inputs: { x, dy }, outputs: { dx } }, (ranges) => {
    const scalars = { n: ranges.dx.size / 4, C, rows, epsilon, hasGamma: Number(!!inputs.gamma) };
    x.engine.run(batchNormTrainingVjpKernel, { ...fixed, ...ranges }, scalars);
  });
  return dx;
}

function rowOf(sums: Tensor, row: 0 | 1): Tensor {
  const count = sums.rowElements;
  const y = sums.engine.empty([count]);
  copyElements(sums, { to: y, at: 0, from: row * count, count });
  return y;
}

const batchNormTrainingOp = defineOp<TrainingParams>({
  name: "batch_norm_training",
  reads: ["x", "moments", "gamma"],
  forward: (inputs, { epsilon }) => {
    const [x, moments] = [need(inputs, "x"), need(inputs, "moments").range];
    const { gamma, beta } = inputs;
    const y = x.engine.empty(x.shape);
    const fixed = { moments, gamma: gamma?.range ?? moments, beta: beta?.range ?? moments };
    const has = { hasGamma: Number(!!gamma), hasBeta: Number(!!beta) };
    overRows({ inputs: { x }, outputs: { y } }, (ranges) => {
      const scalars = { n: ranges.y.size / 4, C: x.shape.at(-1) ?? 1, epsilon, ...has };
      x.engine.run(batchNormTrainingKernel, { ...fixed, ...ranges }, scalars);
    });
    return y;
  },
  vjp: (dy, recorded) => {
    const { wanted, params } = recorded;
    if (dy.shape[0] !== params.rows)
      throw new ShapeError(
        `batchNormTraining: ${shown("dy", dy)} for ${params.rows} rows. The rows of a batch depend on each other here: ` +
          "walk back with one seed at a time.",
      );
    const sums = gradientSums(dy, recorded);
    return {
      x: wanted.has("x") ? inputGradient(dy, sums, recorded) : undefined,
      gamma: wanted.has("gamma") ? rowOf(sums, 1) : undefined,
      beta: wanted.has("beta") ? rowOf(sums, 0) : undefined,
    };
  },
});
