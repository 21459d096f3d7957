import { add, maximum, minimum, mul, scale, sub } from "../../autograd/ops/arithmetic.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type BuiltLayer, type LayerShape, labelled, type Step, showLayerShape } from "../layer.ts";
import { broadcastShapes } from "../shapes.ts";
import { type ArrayOperand, type OperationCall, stepsOn, type TensorOperand } from "./operation-call.ts";

interface Binary {
  readonly op: string;
  readonly tensors?: (a: Tensor, b: Tensor) => Tensor;
  /** x with one number behind it. */
  readonly behind?: (x: Tensor, value: number) => Tensor;
  /** One number with x behind it. */
  readonly before?: (x: Tensor, value: number) => Tensor;
}

const binaries = {
  add: { op: "add", tensors: add, behind: (x, c) => scale(x, 1, c), before: (x, c) => scale(x, 1, c) },
  sub: { op: "sub", tensors: sub, behind: (x, c) => scale(x, 1, -c), before: (x, c) => scale(x, -1, c) },
  mul: { op: "mul", tensors: mul, behind: (x, c) => scale(x, c), before: (x, c) => scale(x, c) },
  maximum: { op: "maximum", tensors: maximum },
  minimum: { op: "minimum", tensors: minimum },
} as const satisfies Record<string, Binary>;

/** An operation of two operands, of which one may be constant. */
export function binary(kind: keyof typeof binaries) {
  return (call: OperationCall): BuiltLayer => {
    const [a, b] = [call.first(), call.second()];
    const how: Binary = binaries[kind];
    if (a.kind === "tensor" && b.kind === "tensor") return ofTensors(call, { a, b }, how);
    if (a.kind === "tensor" && b.kind === "array") return withConstant(call, { x: a, constant: b }, how);
    if (a.kind === "array" && b.kind === "tensor") return withConstant(call, { x: b, constant: a, turned: true }, how);
    return call.unsupported("it computes with constants alone");
  };
}

/** x / y for a constant y: multiplication by 1 / y. */
export function divide(call: OperationCall): BuiltLayer {
  const [a, b] = [call.first(), call.second()];
  if (a.kind !== "tensor" || b.kind !== "array") return call.unsupported("it divides by a tensor");
  if (b.values.includes(0)) return call.unsupported("it divides by 0");
  const constant = { ...b, values: b.values.map((value) => 1 / value) };
  return withConstant(call, { x: a, constant }, binaries.mul);
}

/** `nn.bias_add`: the constant lies along the channels, which are last. */
export function biasAdd(call: OperationCall): BuiltLayer {
  call.expect(["data_format"], [undefined, "NHWC"], 2);
  const [x, bias] = [call.tensor(), call.second()];
  if (bias.kind !== "array" || bias.shape.length !== 1) return call.unsupported("its bias is no list of numbers");
  return withConstant(call, { x, constant: bias }, binaries.add);
}

const largestPower = 8;

/** A whole power: repeated multiplication. */
export function power(call: OperationCall): BuiltLayer {
  const [x, exponent] = [call.first(), call.second()];
  const [count = 0] = exponent.kind === "array" && exponent.shape.length === 0 ? exponent.values : [];
  if (x.kind !== "tensor" || !Number.isInteger(count) || count < 1 || count > largestPower)
    return call.unsupported(`its exponent is not a whole number from 1 to ${largestPower}`);
  return product(x, count);
}

export function square(call: OperationCall): BuiltLayer {
  return product(call.tensor(), 2);
}

function product(x: TensorOperand, count: number): BuiltLayer {
  const built = stepsOn(x, x.shape, []);
  if (count === 1) return built;
  return {
    ...built,
    call(inputs, _weights, label) {
      const tensor = inputs[x.index];
      if (!tensor) throw new ShapeError(`${label}: input ${x.index} is missing`);
      let y = tensor;
      for (let i = 2; i <= count; i++) {
        const before = y;
        y = labelled(tensor.engine, i === count ? label : `${label}/mul`, () => mul(before, tensor));
      }
      return y;
    },
  };
}

/** Values kept within two constants; the gradient passes at both, as in TensorFlow. */
export function clip(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const least = call.number(["clip_value_min", "x_min", "min_value"], { place: 1 });
  const most = call.number(["clip_value_max", "x_max", "max_value"], { place: 2 });
  const bound = (op: string, value: number, combine: typeof maximum): Step => ({
    op,
    run: (t) => combine(t, constantOf(t, { kind: "array", values: [value], shape: [1] }, op)),
  });
  return stepsOn(x, x.shape, [bound("maximum", least, maximum), bound("minimum", most, minimum)]);
}

function ofTensors(call: OperationCall, { a, b }: { a: TensorOperand; b: TensorOperand }, how: Binary): BuiltLayer {
  const { tensors, op } = how;
  const outputShape = broadcast(call, a.shape, b.shape);
  if (!tensors) return call.unsupported("it computes with two tensors");
  return {
    weights: [],
    outputShape,
    call(inputs, _weights, label) {
      const [x, y] = [inputs[a.index], inputs[b.index]];
      if (!x || !y) throw new ShapeError(`${label}/${op}: an input is missing`);
      return labelled(x.engine, label, () => tensors(x, y));
    },
  };
}

interface WithConstant {
  readonly x: TensorOperand;
  readonly constant: ArrayOperand;
  /** The constant comes first. */
  readonly turned?: boolean;
}

function withConstant(call: OperationCall, { x, constant, turned = false }: WithConstant, how: Binary): BuiltLayer {
  const { op, behind, before, tensors } = how;
  const single = constant.values.length === 1 && constant.shape.length <= x.shape.length;
  const [value = 0] = constant.values;
  const run = turned ? before : behind;
  if (single && run) return stepsOn(x, x.shape, [{ op: "scale", run: (t) => run(t, value) }]);
  if (!tensors) return call.unsupported("it computes with a constant");
  const { shape } = constant;
  if (shape.length > x.shape.length || (shape.length === x.shape.length && shape[0] !== 1))
    return call.unsupported(`its constant of shape ${showLayerShape(shape)} differs along the batch`);
  const wide = shape.length === 0 ? { ...constant, shape: [1] } : constant;
  const step: Step = {
    op,
    run: (t) => {
      const c = constantOf(t, wide, op);
      return turned ? tensors(c, t) : tensors(t, c);
    },
  };
  const filled = [...Array<number>(x.shape.length - wide.shape.length).fill(1), ...wide.shape];
  return stepsOn(x, broadcast(call, x.shape, filled), [step]);
}

/** Constant values, recorded as an operation of their own so that a tape keeps them. */
function constantOf({ engine }: Tensor, { values, shape }: ArrayOperand, op: string): Tensor {
  const outer = engine.recorder;
  const tensor = engine.tensor(Float32Array.from(values), shape);
  return labelled(engine, `${outer?.label ?? op}/constant`, () => reshape(tensor, shape));
}

/** NumPy's broadcasting of shapes of one rank. */
function broadcast(call: OperationCall, a: LayerShape, b: LayerShape): LayerShape {
  if (a.length !== b.length)
    call.unsupported(`its operands have shapes ${showLayerShape(a)} and ${showLayerShape(b)}, of different ranks`);
  const shape = broadcastShapes(a, b);
  if (shape) return shape;
  throw new ShapeError(`${call.title}: operands ${showLayerShape(a)} and ${showLayerShape(b)} do not fit together`);
}
