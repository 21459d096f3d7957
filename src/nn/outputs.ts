import type { Tape } from "../autograd/tape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Operations that turn class scores into probabilities. */
const SQUASHING = new Set(["softmax", "sigmoid", "log_softmax"]);

/** What a network says at its end. */
export interface Outputs {
  /** Class scores before the last softmax or sigmoid: Grad-CAM's y^c, [n, classes]. */
  readonly logits: Tensor;
  /** The network's own output, [n, classes]. */
  readonly probs: Tensor;
}

/** Finds the logits on the tape: the input of the softmax or sigmoid that the network ends in, else its output. */
export function findOutputs(tape: Tape, output: Tensor): Outputs {
  let node = tape.producerOf(output);
  while (node?.op.name === "reshape") node = producer(tape, node.inputs.x);
  const squashed = node && SQUASHING.has(node.op.name) ? node.inputs.x : undefined;
  return { logits: squashed ?? output, probs: output };
}

/** The node that computed a tensor, if any did. */
export function producer(tape: Tape, tensor: Tensor | undefined) {
  return tensor && tape.producerOf(tensor);
}
