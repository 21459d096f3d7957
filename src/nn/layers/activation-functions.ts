import {
  celu,
  elu,
  exponential,
  gelu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  logSigmoid,
  mish,
  selu,
  silu,
  softplus,
  softShrink,
  softsign,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanh,
  tanhShrink,
} from "../../autograd/ops/activation-functions.ts";
import { leakyRelu, logSoftmax, relu, sigmoid, softmax } from "../../autograd/ops/activations.ts";
import { glu } from "../../autograd/ops/glu.ts";
import { sparsemax } from "../../autograd/ops/sparsemax.ts";
import type { Tensor } from "../../tensor/tensor.ts";

type Activation = (x: Tensor) => Tensor;

/** Slope of Keras 1's and 2's hard_sigmoid; Keras 3 has PyTorch's 1/6. */
const OLD_HARD_SIGMOID = { slope: 0.2, endsPass: true };

/** Keras' functions of one tensor by the names that files give them, with the options that a name alone stands for. */
const functions: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ["relu", (x) => relu(x)],
  ["relu6", (x) => relu(x, { max: 6 })],
  ["leaky_relu", (x) => leakyRelu(x)],
  ["elu", (x) => elu(x)],
  ["selu", selu],
  ["celu", (x) => celu(x)],
  ["gelu", (x) => gelu(x)],
  ["silu", silu],
  ["swish", silu],
  ["mish", mish],
  ["sigmoid", sigmoid],
  ["hard_sigmoid", (x) => hardSigmoid(x)],
  ["sparse_sigmoid", sparseSigmoid],
  ["log_sigmoid", logSigmoid],
  ["hard_silu", hardSilu],
  ["hard_swish", hardSilu],
  ["tanh", tanh],
  ["hard_tanh", hardTanh],
  ["tanh_shrink", tanhShrink],
  ["soft_shrink", (x) => softShrink(x)],
  ["hard_shrink", (x) => hardShrink(x)],
  ["softplus", softplus],
  ["squareplus", (x) => squareplus(x)],
  ["sparse_plus", sparsePlus],
  ["softsign", softsign],
  ["exponential", exponential],
  ["softmax", (x) => softmax(x)],
  ["softmax_v2", (x) => softmax(x)],
  ["log_softmax", (x) => logSoftmax(x)],
  ["sparsemax", (x) => sparsemax(x, { asKeras: true })],
  ["glu", (x) => glu(x)],
]);

export const activationNames: readonly string[] = ["linear", ...functions.keys()];

/** The function of that name, as the Keras of that major version defines it. */
export function activationFunction(name: string, kerasMajor: number): Activation | undefined {
  if (name === "hard_sigmoid" && kerasMajor < 3) return (x) => hardSigmoid(x, OLD_HARD_SIGMOID);
  return functions.get(name);
}
