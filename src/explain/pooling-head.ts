import type { Tape, TapeNode } from "../autograd/tape.ts";
import { NotDefinedError, ShapeError } from "../errors.ts";
import { producer } from "../nn/outputs.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Some heads are convolutions: their scores, before a reshape, are [n, 1, 1, classes].
 * @throws ShapeError unless a tensor holds one score for each class */
export function assertClasses(scores: Tensor): void {
  if (scores.shape.length >= 2 && scores.shape.slice(1, -1).every((extent) => extent === 1)) return;
  throw new ShapeError(
    `the network's output is ${showShape(scores.shape)}; classes are asked of [n, classes]. ` +
      "Give a target on a layer: channel(layer, k) or maxOverChannels(layer).",
  );
}

/** A pooling head: feature maps, their mean (or maximum) over positions, one dense layer, which a 1x1 convolution of a
 * 1x1 image is too. */
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
  let dense = tape.producerOf(logits);
  while (dense?.op.name === "reshape") dense = producer(tape, dense.inputs.x);
  if (!dense || !isClassifier(dense))
    throw noHead(model, dense ? `"${dense.label}" (${dense.op.name})` : "nothing that was recorded");
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

/** A dense layer, or what is one under the name of a convolution: MobileNet's classifier. */
function isClassifier({ op, inputs }: TapeNode): boolean {
  const isPoint = (shape: readonly number[] | undefined) => shape?.length === 4 && shape[1] === 1 && shape[2] === 1;
  const [kernelHeight, kernelWidth] = inputs.w?.shape ?? [];
  return (
    op.name === "dense" || (op.name === "conv2d" && isPoint(inputs.x?.shape) && kernelHeight === 1 && kernelWidth === 1)
  );
}

function noHead(model: string, found: string): NotDefinedError {
  return new NotDefinedError(
    `cam: ${model} has no global pooling between its feature maps and one dense classifier; before the classifier ` +
      `stands ${found}. CAM is not defined for it. Use gradCam(), which needs no pooling layer.`,
  );
}
