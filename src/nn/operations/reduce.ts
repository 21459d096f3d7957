import { logSoftmax } from "../../autograd/ops/activations.ts";
import { scale, sub } from "../../autograd/ops/arithmetic.ts";
import { globalAvgPool, globalMaxPool } from "../../autograd/ops/pooling.ts";
import { max, mean, sum } from "../../autograd/ops/reduce.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { BuiltLayer, Step } from "../layer.ts";
import { type OperationCall, stepsOn } from "./operation-call.ts";

interface Options {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

type Kind = "mean" | "max" | "min" | "sum" | "logsumexp";

const computed: Readonly<Record<Kind, (x: Tensor, options: Options) => Tensor>> = {
  mean,
  max,
  min: max,
  sum,
  logsumexp: mean,
};

/** A mean, maximum, sum or log-sum-exp over axes that follow each other, never the batch's. Over height and width of images it is
 * recorded as global pooling, which is what it is. */
export function reduce(kind: Kind) {
  return (call: OperationCall): BuiltLayer => {
    const x = call.tensor();
    const rank = x.shape.length;
    const given = call.argument(1, "axis", "reduction_indices");
    if (given === undefined) return call.unsupported("it reduces all axes, the batch's too");
    const keepDims = call.flag(["keepdims", "keep_dims"], { place: 2, otherwise: false });
    const axes = [...new Set(call.wholes(given, "axis").map((axis) => call.axis(axis, rank)))].sort((a, b) => a - b);
    const [first = 0] = axes;
    if (axes.length === 0 || axes.some((axis, i) => axis !== first + i))
      return call.unsupported(`its axes ${axes.join(", ")} do not follow each other`);
    const kept = x.shape.map((extent, i) => (axes.includes(i) ? 1 : extent));
    const outputShape = keepDims ? kept : kept.filter((_, i) => !axes.includes(i));
    return stepsOn(x, outputShape, stepsOf(kind, { axes, keepDims }, rank));
  };
}

function stepsOf(kind: Kind, options: Options, rank: number): Step[] {
  const { axes, keepDims } = options;
  const positions = rank === 4 && axes.join() === "1,2";
  if (positions && kind === "mean") return [{ op: "global_avg_pool", run: (x) => globalAvgPool(x, { keepDims }) }];
  if (positions && kind === "max") return [{ op: "global_max_pool", run: (x) => globalMaxPool(x, { keepDims }) }];
  const step: Step = { op: kind, run: (x) => computed[kind](x, options) };
  if (kind === "logsumexp") return [{ op: "sub", run: (x) => normalizer(x, axes) }, step];
  if (kind !== "min") return [step];
  const turn: Step = { op: "scale", run: (x) => scale(x, -1) };
  return [turn, step, turn];
}

/** log(sum(exp(x))) in every place of the axes: x without its log-softmax. The gradient of their mean is the softmax. */
function normalizer(x: Tensor, axes: readonly number[]): Tensor {
  const [first = 0] = axes;
  return sub(x, logSoftmax(x, { axis: [first, axes.at(-1) ?? first] }));
}
