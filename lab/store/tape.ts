import type { Run, TapeNode, Tensor, TypedData } from "../../src/index.ts";

// The recording as the views walk along it: nodes in order, by names that an address can hold.

/** What of a run knows how tensors were computed. */
export type Recorded = Pick<Run, "tape" | "input">;

/** What the address calls the model's input, which no node computed. */
export const inputKey = "input";

/** Nodes of the network itself, in the order in which they ran. */
export function nodesOf({ tape, outputs }: Run): readonly TapeNode[] {
  const ends = [outputs.logits, outputs.probs].map((tensor) => tape.producerOf(tensor)?.index ?? 0);
  return tape.nodes.slice(0, Math.max(...ends) + 1);
}

/** A node's name in the address: its label, or its place where a later node has the same. */
export function keyOf(nodes: readonly TapeNode[], node: TapeNode): string {
  return nodes.findLast(({ label }) => label === node.label) === node ? node.label : String(node.index);
}

/** The node of a name in the address. */
export function nodeOf(nodes: readonly TapeNode[], key: string | undefined): TapeNode | undefined {
  return nodes.findLast(({ label }) => label === key) ?? nodes.find(({ index }) => String(index) === key);
}

/** Tensors that a node computes with, weights aside. */
export function feeds({ tape, input }: Recorded, node: TapeNode): Tensor[] {
  const given = Object.values(node.inputs).filter((tensor) => tensor !== undefined);
  return given.filter((tensor) => tensor === input || tape.producerOf(tensor));
}

/** The latest of the tensors that a node computes with: between the two there is no other node. */
export function lastFeed(run: Recorded, node: TapeNode): Tensor | undefined {
  const place = (tensor: Tensor) => run.tape.producerOf(tensor)?.index ?? -1;
  return feeds(run, node).toSorted((a, b) => place(b) - place(a))[0];
}

/** "28 × 28 × 32": the extents of one picture's share. */
export function shapeText(shape: readonly number[]): string {
  return shape.slice(1).join(" × ") || "1";
}

/** What was read of a float32 tensor. */
export function floats(data: TypedData | undefined): Float32Array {
  return data instanceof Float32Array ? data : new Float32Array(0);
}
