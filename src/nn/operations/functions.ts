import { celu, elu, gelu, hardShrink, selu, softShrink, squareplus } from "../../autograd/ops/activation-functions.ts";
import { leakyRelu, logSoftmax, softmax } from "../../autograd/ops/activations.ts";
import { scale } from "../../autograd/ops/arithmetic.ts";
import { reshape } from "../../autograd/ops/layout.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { BuiltLayer } from "../layer.ts";
import { activationFunction } from "../layers/activation-functions.ts";
import { identityStep } from "../layers/identity.ts";
import { type OperationCall, stepsOn } from "./operation-call.ts";

/** One of Keras' activation functions, without options. */
export function activation(name: string) {
  return elementwise(name, (x) => activationFunction(name, 3)?.(x) ?? x);
}

function elementwise(op: string, run: (x: Tensor) => Tensor) {
  return (call: OperationCall): BuiltLayer => {
    const x = call.tensor();
    return stepsOn(x, x.shape, [{ op, run }]);
  };
}

/** An activation function with one number as its option. */
function withNumber(
  op: string,
  { names, otherwise, run }: { names: readonly string[]; otherwise: number; run: (x: Tensor, value: number) => Tensor },
) {
  return (call: OperationCall): BuiltLayer => {
    const x = call.tensor();
    const value = call.number(names, { place: 1, otherwise });
    return stepsOn(x, x.shape, [{ op, run: (t) => run(t, value) }]);
  };
}

export const negative = elementwise("scale", (x) => scale(x, -1));
export const seluFunction = elementwise("selu", selu);

export const leakyReluFunction = withNumber("relu", {
  names: ["alpha", "negative_slope"],
  otherwise: 0.2,
  run: (x, slope) => leakyRelu(x, { slope }),
});
export const eluFunction = withNumber("elu", { names: ["alpha"], otherwise: 1, run: (x, alpha) => elu(x, { alpha }) });
export const celuFunction = withNumber("celu", {
  names: ["alpha"],
  otherwise: 1,
  run: (x, alpha) => celu(x, { alpha }),
});
export const softShrinkFunction = withNumber("soft_shrink", {
  names: ["threshold"],
  otherwise: 0.5,
  run: (x, threshold) => softShrink(x, { threshold }),
});
export const hardShrinkFunction = withNumber("hard_shrink", {
  names: ["threshold"],
  otherwise: 0.5,
  run: (x, threshold) => hardShrink(x, { threshold }),
});
export const squareplusFunction = withNumber("squareplus", {
  names: ["b"],
  otherwise: 4,
  run: (x, b) => squareplus(x, { b }),
});

/** x sigmoid(x): TensorFlow's has a factor in the sigmoid, which is 1 in all that is computed here. */
export function siluFunction(call: OperationCall): BuiltLayer {
  call.expect(["beta"], [undefined, 1], 1);
  return activation("silu")(call);
}

/** @param otherwise what a file means that does not say: TensorFlow's is exact, Keras 3's is not */
export function geluFunction(otherwise: boolean) {
  return (call: OperationCall): BuiltLayer => {
    const x = call.tensor();
    const approximate = call.flag(["approximate"], { place: 1, otherwise });
    return stepsOn(x, x.shape, [{ op: "gelu", run: (t) => gelu(t, { approximate }) }]);
  };
}

function along(op: string, compute: (x: Tensor, options: { axis: number }) => Tensor) {
  return (call: OperationCall): BuiltLayer => {
    const x = call.tensor();
    // to TensorFlow that is the last axis
    if (call.name.startsWith("keras.ops.") && call.isNull("axis"))
      return call.unsupported("it takes all axes together");
    const axis = call.axis(call.number(["axis", "dim"], { place: 1, otherwise: -1 }), x.shape.length);
    return stepsOn(x, x.shape, [{ op, run: (t) => compute(t, { axis }) }]);
  };
}

export const softmaxFunction = along("softmax", softmax);
export const logSoftmaxFunction = along("log_softmax", logSoftmax);

/** What changes nothing in inference. */
export function identity(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  return stepsOn(x, x.shape, [identityStep]);
}

const floats = [undefined, "float32", "float16", "bfloat16", "float64"];

/** To a float type: float32 is computed with in any case. */
export function cast(call: OperationCall): BuiltLayer {
  call.expect(["dtype"], floats, 1);
  return identity(call);
}

/** The values, through which no gradient passes. */
export function stopGradient(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  // a view that no operation has given
  const run = (t: Tensor) => reshape(t.withShape(t.shape), t.shape);
  return stepsOn(x, x.shape, [{ op: "reshape", run }]);
}
