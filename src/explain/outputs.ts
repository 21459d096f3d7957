import type { Tape } from "../autograd/tape.ts";
import { NotDefinedError } from "../errors.ts";
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

function producer(tape: Tape, tensor: Tensor | undefined) {
  return tensor && tape.producerOf(tensor);
}

/** A pooling head: feature maps, their mean (or maximum) over positions, one dense layer. */
export interface PoolingHead {
  /** A: the feature maps, [n, h, w, k]. */
  readonly features: Tensor;
  /** Their pooled values, [n, k], which the dense layer weighs. */
  readonly pooled: Tensor;
  readonly layer: string;
}

/** Finds global pooling and one dense layer right before the logits, which CAM needs.
 * @throws NotDefinedError naming what stands there instead, and what to use */
export function findPoolingHead(tape: Tape, logits: Tensor, model: string): PoolingHead {
  const dense = tape.producerOf(logits);
  if (dense?.op.name !== "dense") throw noHead(model, dense ? `"${dense.label}" (${dense.op.name})` : "nothing");
  const pooled = dense.inputs.x;
  let node = producer(tape, pooled);
  while (node?.op.name === "reshape") node = producer(tape, node.inputs.x);
  const features = node?.inputs.x;
  const spatial = features?.shape.length === 4;
  const global =
    node?.op.name === "global_avg_pool" ||
    node?.op.name === "global_max_pool" ||
    (node?.op.name === "avg_pool" && node.output.shape[1] === 1 && node.output.shape[2] === 1);
  if (!pooled || !features || !spatial || !global)
    throw noHead(model, node ? `"${node.label}" (${node.op.name})` : "nothing that was recorded");
  return { features, pooled, layer: tape.producerOf(features)?.label ?? "input" };
}

function noHead(model: string, found: string): NotDefinedError {
  return new NotDefinedError(
    `cam: ${model} has no global pooling between its feature maps and one dense classifier; before the classifier ` +
      `stands ${found}. CAM is not defined for it. Use gradCam(), which needs no pooling layer.`,
  );
}
