import { ShapeError } from "../errors.ts";
import { showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { GraphNode } from "./graph.ts";
import { type LayerShape, showLayerShape } from "./layer.ts";

/** One tensor, or one per input of the model, in the order of its `inputNames`. */
export type ModelInputs = Tensor | readonly Tensor[];

/** Gives every input of a model its tensor.
 * @throws ShapeError for a wrong number of them, a wrong shape, or batches of different sizes */
export function assignInputs(
  model: { readonly name: string; readonly inputs: readonly GraphNode[] },
  given: ModelInputs,
): Map<GraphNode, Tensor> {
  const tensors = "length" in given ? given : [given];
  const { name, inputs } = model;
  if (tensors.length !== inputs.length) {
    const wanted = inputs.map(({ label, built }) => `${label} ${showLayerShape(built.outputShape)}`).join(", ");
    throw new ShapeError(
      `model "${name}": got ${counted(tensors.length)} but wants ${counted(inputs.length)}: ${wanted}. ` +
        "Give one tensor for each, in this order.",
    );
  }
  const batch = tensors[0]?.shape[0];
  const entries = inputs.flatMap((node, i) => {
    const x = tensors[i];
    return x ? ([[node, x]] as const) : [];
  });
  for (const [node, x] of entries) {
    checkShape(inputs.length === 1 ? `model "${name}"` : `model "${name}", input "${node.label}"`, node, x);
    if (x.shape[0] !== batch)
      throw new ShapeError(
        `model "${name}": input "${node.label}" has a batch of ${x.shape[0]} but the first input one of ${batch}. ` +
          "All inputs must hold equally many examples.",
      );
  }
  return new Map(entries);
}

/** Gives the output of one layer its tensor, from where a pass goes on.
 * @throws ShapeError for a layer that is called several times, another shape, or several tensors */
export function assignFrom(
  model: { readonly name: string; readonly nodes: readonly GraphNode[] },
  given: ModelInputs,
): Map<GraphNode, Tensor> {
  const [node, ...more] = model.nodes;
  const [x, ...others] = "length" in given ? given : [given];
  if (!node || more.length > 0)
    throw new ShapeError(
      `model "${model.name}": "${node?.layer.name}" is called ${more.length + 1} times; a pass can go on from a layer ` +
        "that is called once.",
    );
  if (!x || others.length > 0)
    throw new ShapeError(
      `model "${model.name}": got ${counted(others.length + 1)} to go on from "${node.label}"; give one.`,
    );
  checkShape(`model "${model.name}", from "${node.label}"`, node, x);
  return new Map([[node, x]]);
}

function counted(inputs: number): string {
  return `${inputs} ${inputs === 1 ? "input" : "inputs"}`;
}

function checkShape(what: string, { built: { outputShape } }: GraphNode, x: Tensor): void {
  const fits = outputShape.every((extent, i) => extent === null || extent === x.shape[i]);
  if (fits && x.shape.length === outputShape.length) return;
  throw new ShapeError(
    `${what}: the input is ${showShape(x.shape)} but ${showLayerShape(outputShape)} is wanted. ${advice(outputShape, x)}`,
  );
}

function advice(wanted: LayerShape, x: Tensor): string {
  const [, height, width, channels] = wanted;
  if (wanted.length !== 4 || x.shape.length !== 4) return "Give an array of that shape, batch first.";
  if (x.shape[3] !== channels) return `The images must have ${channels} channels.`;
  return `Resize the images to ${height ?? "any height"} x ${width ?? "any width"}.`;
}
