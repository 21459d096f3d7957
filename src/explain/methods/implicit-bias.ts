import { reshape } from "../../autograd/ops/layout.ts";
import type { Tape, TapeNode } from "../../autograd/tape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What a recorded operation adds to what is linear in its input: the bias of a convolution or a dense layer, a constant
 * summand, and the implicit bias of an affine operation, which is what it makes of zeros: of batch norm
 * beta - mean gamma / sqrt(variance + epsilon).
 * @returns one number for each channel, [c], or one for all, [1]; undefined where there is none. What is made here is the
 *          caller's; what the layer holds is not
 * @see     Srinivas and Fleuret 2019, section 3.2 */
export function biasOf({ op, inputs, params, output }: TapeNode, tape: Tape): Tensor | undefined {
  switch (op.name) {
    case "conv2d":
    case "depthwise_conv2d":
    case "dense":
      return inputs.b;
    case "batch_norm":
    case "channel_affine":
    case "scale": {
      const channels = output.shape.at(-1) ?? 1;
      const zeros = output.engine.zeros([1, channels]);
      return reshape(op.apply({ ...inputs, x: zeros }, params), [channels]);
    }
    case "add":
      return [inputs.a, inputs.b].find((summand) => summand && isConstant(summand, tape));
    default:
      return undefined;
  }
}

/** A weight: nothing computed, no input. */
function isConstant(tensor: Tensor, tape: Tape): boolean {
  return tensor.shape.length === 1 && !tape.producerOf(tensor) && !tape.inputs.has(tensor.id);
}
