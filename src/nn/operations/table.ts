import { nearest, UnsupportedLayerError } from "../../errors.ts";
import type { BuiltLayer, LayerShape } from "../layer.ts";
import type { Operation } from "./argument.ts";
import { biasAdd, binary, clip, divide, power, square } from "./arithmetic.ts";
import {
  activation,
  cast,
  celuFunction,
  eluFunction,
  geluFunction,
  hardShrinkFunction,
  identity,
  leakyReluFunction,
  logSoftmaxFunction,
  negative,
  seluFunction,
  siluFunction,
  softmaxFunction,
  softShrinkFunction,
  squareplusFunction,
  stopGradient,
} from "./functions.ts";
import { getItem } from "./indexing.ts";
import {
  batchFlatten,
  concatenate,
  expandDims,
  pad,
  reshapeTo,
  resize,
  reverse,
  squeeze,
  stack,
  transpose,
} from "./moving.ts";
import { OperationCall, wayOut } from "./operation-call.ts";
import { reduce } from "./reduce.ts";

type Build = (call: OperationCall) => BuiltLayer;

/** Operations that treat all elements alike, whatever the order of their axes, as long as constants are single numbers:
 * TensorFlow's names, Keras 3's classes of `keras.ops`, and how they are computed. */
const elementwise: readonly (readonly [tf: string, ops: string, build: Build])[] = [
  ["add __operators__.add add_v2 raw_ops.Add raw_ops.AddV2", "Add", binary("add")],
  ["subtract __operators__.sub raw_ops.Sub", "Subtract", binary("sub")],
  ["multiply __operators__.mul raw_ops.Mul", "Multiply", binary("mul")],
  ["truediv divide __operators__.truediv raw_ops.RealDiv", "TrueDivide Divide", divide],
  ["maximum raw_ops.Maximum", "Maximum", binary("maximum")],
  ["minimum raw_ops.Minimum", "Minimum", binary("minimum")],
  ["pow raw_ops.Pow", "Power", power],
  ["square raw_ops.Square", "Square", square],
  ["negative __operators__.neg raw_ops.Neg", "Negative", negative],
  ["clip_by_value raw_ops.ClipByValue", "Clip", clip],
  ["relu raw_ops.Relu", "Relu", activation("relu")],
  ["relu6 raw_ops.Relu6", "Relu6", activation("relu6")],
  ["leaky_relu raw_ops.LeakyRelu", "LeakyRelu", leakyReluFunction],
  ["elu raw_ops.Elu", "Elu", eluFunction],
  ["selu raw_ops.Selu", "Selu", seluFunction],
  ["", "Celu", celuFunction],
  ["gelu", "", geluFunction(false)],
  ["", "Gelu", geluFunction(true)],
  ["silu swish", "Silu", siluFunction],
  ["sigmoid raw_ops.Sigmoid", "Sigmoid", activation("sigmoid")],
  ["log_sigmoid", "LogSigmoid", activation("log_sigmoid")],
  ["tanh raw_ops.Tanh", "Tanh", activation("tanh")],
  ["exp raw_ops.Exp", "Exp", activation("exponential")],
  ["softplus raw_ops.Softplus", "Softplus", activation("softplus")],
  ["softsign raw_ops.Softsign", "Softsign", activation("softsign")],
  ["", "HardSigmoid", activation("hard_sigmoid")],
  ["", "HardSilu", activation("hard_silu")],
  ["", "HardTanh", activation("hard_tanh")],
  ["", "TanhShrink", activation("tanh_shrink")],
  ["", "SparsePlus", activation("sparse_plus")],
  ["", "SparseSigmoid", activation("sparse_sigmoid")],
  ["", "SoftShrink", softShrinkFunction],
  ["", "HardShrink", hardShrinkFunction],
  ["", "Squareplus", squareplusFunction],
  ["cast raw_ops.Cast", "Cast", cast],
  ["convert_to_tensor", "ConvertToTensor", cast],
  ["identity raw_ops.Identity", "Identity Copy", identity],
  ["stop_gradient raw_ops.StopGradient", "StopGradient", stopGradient],
];

/** Operations that see the order of axes. */
const ordered: typeof elementwise = [
  ["bias_add raw_ops.BiasAdd", "", biasAdd],
  ["softmax raw_ops.Softmax", "Softmax", softmaxFunction],
  ["log_softmax raw_ops.LogSoftmax", "LogSoftmax", logSoftmaxFunction],
  ["reduce_mean raw_ops.Mean", "Mean", reduce("mean")],
  ["reduce_max raw_ops.Max", "Max Amax", reduce("max")],
  ["reduce_min raw_ops.Min", "Min Amin", reduce("min")],
  ["reduce_sum raw_ops.Sum", "Sum", reduce("sum")],
  ["reduce_logsumexp", "Logsumexp", reduce("logsumexp")],
  ["concat raw_ops.ConcatV2", "Concatenate", concatenate],
  ["stack raw_ops.Pack", "Stack", stack],
  ["reshape raw_ops.Reshape", "Reshape", reshapeTo],
  ["keras.backend.batch_flatten", "", batchFlatten],
  ["transpose raw_ops.Transpose", "Transpose", transpose],
  ["expand_dims raw_ops.ExpandDims", "ExpandDims", expandDims],
  ["squeeze raw_ops.Squeeze", "Squeeze", squeeze],
  ["reverse raw_ops.ReverseV2", "Flip", reverse],
  ["resize resize_v2 raw_ops.Resize", "Resize", resize],
  ["pad pad_v2 raw_ops.Pad", "Pad", pad],
  ["__operators__.getitem raw_ops.StridedSlice", "GetItem", getItem],
];

const table: ReadonlyMap<string, { readonly build: Build; readonly keepsOrder: boolean }> = new Map(
  [elementwise, ordered].flatMap((rows) =>
    rows.flatMap(([tf, ops, build]) => {
      const names = [...words(tf).map((name) => `tf.${name}`), ...words(ops).map((name) => `keras.ops.${name}`)];
      return names.map((name) => [name, { build, keepsOrder: rows === elementwise }] as const);
    }),
  ),
);

function words(list: string): string[] {
  return list.split(" ").filter((word) => word !== "");
}

/** TensorFlow has one function under several names: `tf.math.add`, `tf.add`, `tf.compat.v1.add`. */
function rowOf({ name }: Operation) {
  return (
    table.get(name) ??
    table.get(name.replace(/^tf\.(?:compat\.v1\.)?(?:(?:math|nn|image|keras\.activations)\.)?/, "tf."))
  );
}

/** Whether an operation gives the same for images stored in any order of axes. */
export function keepsOrder(operation: Operation): boolean {
  const { positional, named } = operation;
  const single = [...positional, ...named.values()].every(
    (argument) => typeof argument !== "object" || argument === null || argument.kind === "tensor",
  );
  return single && rowOf(operation)?.keepsOrder === true;
}

/** An operation for these inputs.
 * @throws UnsupportedLayerError naming the function, and the way out; ShapeError for inputs that do not fit */
export function buildOperation(operation: Operation, layer: string, shapes: readonly LayerShape[]): BuiltLayer {
  const row = rowOf(operation);
  const call = new OperationCall(operation, layer, shapes);
  if (!row) throw unknown(operation, layer);
  const built = row.build(call);
  call.finish();
  return built;
}

function unknown({ name }: Operation, layer: string): UnsupportedLayerError {
  const guess = nearest(name, table.keys());
  const hint = guess ? ` Did you mean ${guess}?` : "";
  return new UnsupportedLayerError(
    `"${layer}" is the operation ${name}, which is not supported.${hint} ${wayOut(layer)}`,
  );
}
