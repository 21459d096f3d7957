import { ShapeError } from "../../errors.ts";
import {
  groupMomentsKernel,
  groupMomentsVjpKernel,
  groupNormKernel,
  groupNormVjpKernel,
} from "../../kernels/group-norm.ts";
import { overRows } from "../../tensor/rows.ts";
import { axisOf, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { defineOp, type Inputs, need, shown } from "../op.ts";
import { mul } from "./arithmetic.ts";
import { sumRows } from "./sums.ts";

export interface NormParameters {
  /** As long as the normalised axes together (group norm: as the channels); 1 unless given. */
  readonly gamma?: Tensor | undefined;
  /** Likewise; 0 unless given. */
  readonly beta?: Tensor | undefined;
}

/** Layer norm over the axes from `axis` to the last: (x - mean) / sqrt(variance + epsilon) * gamma + beta, with mean and
 * variance of each place's own elements.
 * @param p of the normalised axes' extents, or as many elements in one row
 * @param options axis: the first of the normalised axes, -1 unless given; epsilon: 0.001 unless given
 * @throws ShapeError if gamma or beta does not fit */
export function layerNorm(x: Tensor, p: NormParameters, options: { axis?: number; epsilon?: number } = {}): Tensor {
  const first = axisOf(options.axis ?? -1, x.shape.length, "layerNorm");
  return apply("layerNorm", x, p, { first, groups: 1, pixels: false, epsilon: options.epsilon ?? 1e-3, kind: 0 });
}

/** As layerNorm without a mean: x / sqrt(mean of squares + epsilon) * gamma. */
export function rmsNorm(
  x: Tensor,
  gamma: Tensor | undefined,
  options: { axis?: number; epsilon?: number } = {},
): Tensor {
  const first = axisOf(options.axis ?? -1, x.shape.length, "rmsNorm");
  return apply("rmsNorm", x, { gamma }, { first, groups: 1, pixels: false, epsilon: options.epsilon ?? 1e-6, kind: 1 });
}

/** Each sample's elements from `axis` to the last, divided by their Euclidean length. One that is shorter than `least`
 * (1e-6 unless given, at least 1e-18) is divided by that, and its gradient is that of a division by a constant. */
export function unitNorm(x: Tensor, options: { axis?: number; least?: number } = {}): Tensor {
  const first = axisOf(options.axis ?? -1, x.shape.length, "unitNorm");
  return apply("unitNorm", x, {}, { first, groups: 1, pixels: false, epsilon: (options.least ?? 1e-6) ** 2, kind: 2 });
}

/** Group norm of [n, ..., c]: channels are cut into groups, each normalised over its channels and all pixels.
 * @param p each of shape [c]
 * @throws ShapeError unless `groups` divides the channels */
export function groupNorm(x: Tensor, p: NormParameters, options: { groups: number; epsilon?: number }): Tensor {
  const { groups, epsilon = 1e-3 } = options;
  const first = axisOf(-1, x.shape.length, "groupNorm");
  const C = x.shape[first] ?? 0;
  if (first < 1 || !Number.isInteger(groups) || groups < 1 || C % groups !== 0)
    throw new ShapeError(`groupNorm: ${groups} groups do not divide the channels of ${shown("x", x)}`);
  return apply("groupNorm", x, p, { first, groups, pixels: true, epsilon, kind: 0 });
}

interface NormParams {
  /** The first of the axes that gamma covers. */
  readonly first: number;
  readonly groups: number;
  /** Whether statistics are taken over all of a sample, not one pixel. */
  readonly pixels: boolean;
  readonly epsilon: number;
  /** See group-moments.wgsl. */
  readonly kind: 0 | 1 | 2;
}

function apply(what: string, x: Tensor, { gamma, beta }: NormParameters, params: NormParams): Tensor {
  const covered = sizeOf(x.shape.slice(params.first));
  for (const [name, tensor] of Object.entries({ gamma, beta }))
    if (tensor && tensor.size !== covered)
      throw new ShapeError(`${what}: ${shown(name, tensor)} but ${shown("x", x)} wants ${covered} elements`);
  if (params.first === 0) throw new ShapeError(`${what}: ${shown("x", x)} has no batch before the normalised axes`);
  return groupNormOp.apply({ x, gamma, beta }, params);
}

/** x as [rows * outer, R, G, K], K the extent of a group along the covered axes. */
function groupsOf({ shape }: Tensor, { first, groups, pixels }: NormParams) {
  const before = sizeOf(shape.slice(0, first));
  const outer = pixels ? (shape[0] ?? 1) : before;
  const rows = shape[0] ?? 1;
  return {
    /** Per row of x. */
    outer: rows === 0 ? 1 : outer / rows,
    R: outer === 0 ? 1 : before / outer,
    G: groups,
    K: sizeOf(shape.slice(first)) / groups,
  };
}

/** Mean and factor of each group, [n, groups of a row * 2]. */
function momentsOf(x: Tensor, params: NormParams): Tensor {
  const { outer, ...extents } = groupsOf(x, params);
  const N = x.shape[0] ?? 0;
  const stats = x.engine.empty([N, outer * params.groups * 2]);
  const { epsilon, kind } = params;
  overRows({ inputs: { x }, outputs: { stats } }, (ranges, rows) => {
    x.engine.run(groupMomentsKernel, ranges, { ...extents, outer: outer * rows, epsilon, kind });
  });
  return stats;
}

interface Terms {
  readonly stats: Tensor;
  readonly gamma?: Tensor | undefined;
  readonly beta?: Tensor | undefined;
}

function normalize(x: Tensor, { stats, gamma, beta }: Terms, params: NormParams): Tensor {
  const y = x.engine.empty(x.shape);
  const { R, G, K } = groupsOf(x, params);
  const has = { hasGamma: Number(!!gamma), hasBeta: Number(!!beta) };
  overRows({ inputs: { x, stats }, outputs: { y } }, (ranges) => {
    // bound, not read, where there is none
    const fixed = { gamma: gamma?.range ?? ranges.x, beta: beta?.range ?? ranges.x };
    x.engine.run(groupNormKernel, { ...ranges, ...fixed }, { n: ranges.y.size / 4, R, G, K, ...has });
  });
  return y;
}

/** dx = factor (dy gamma - mean(dy gamma) - xhat mean(dy gamma xhat)), means over each group */
function inputGradient(dy: Tensor, inputs: Inputs, { stats, params }: { stats: Tensor; params: NormParams }): Tensor {
  const x = need(inputs, "x");
  const { gamma } = inputs;
  const { engine } = x;
  const { outer, R, G, K } = groupsOf(x, params);
  const hasGamma = Number(!!gamma);
  const { epsilon, kind } = params;
  const sums = engine.empty(stats.shape);
  const dx = engine.empty(x.shape);
  overRows({ inputs: { x, dy, stats }, outputs: { sums, dx } }, ({ dx: to, sums: found, ...ranges }, rows) => {
    const given = { ...ranges, gamma: gamma?.range ?? ranges.x };
    const scalars = { R, G, K, hasGamma };
    engine.run(groupMomentsVjpKernel, { ...given, sums: found }, { ...scalars, outer: outer * rows, epsilon, kind });
    engine.run(groupNormVjpKernel, { ...given, sums: found, dx: to }, { ...scalars, n: to.size / 4 });
  });
  return dx;
}

const groupNormOp = defineOp<NormParams>({
  name: "group_norm",
  forward: (inputs, params) => {
    const x = need(inputs, "x");
    const { gamma, beta } = inputs;
    return normalize(x, { stats: momentsOf(x, params), gamma, beta }, params);
  },
  vjp: (dy, { inputs, params, wanted }) => {
    const x = need(inputs, "x");
    const stats = momentsOf(x, params);
    const covered = sizeOf(x.shape.slice(params.first));
    // a sum over everything before the covered axes
    const total = (t: Tensor, like: Tensor | undefined) =>
      sumRows(t.withShape([t.size / covered, covered])).withShape(like?.shape ?? [covered]);
    const flat = (t: Tensor) => t.withShape([t.size / covered, covered]);
    return {
      x: wanted.has("x") ? inputGradient(dy, inputs, { stats, params }) : undefined,
      gamma: wanted.has("gamma")
        ? total(mul(flat(dy), flat(normalize(x, { stats }, params))), inputs.gamma)
        : undefined,
      beta: wanted.has("beta") ? total(dy, inputs.beta) : undefined,
    };
  },
});
