// The two ways through a network of network.ts, whatever computes its nodes.
import type { Node } from "./network.ts";

/** Computes nodes in order; `values` holds their inputs by index and takes their outputs.
 * @returns the last node's output */
export function forward<T>(
  nodes: readonly Node[],
  values: Map<number, T>,
  layer: (node: Node, inputs: readonly T[]) => T,
): T {
  for (const node of nodes) values.set(node.index, layer(node, inputsOf(node, values)));
  return known(values, nodes.at(-1)?.index ?? -1);
}

/** How a peer without rules for its own gradients walks back. */
export interface BackwardRules<T> {
  /** dy where a ReLU's output y is positive, and nothing elsewhere. */
  readonly gate: (dy: T, y: T) => T;
  /** The gradient at the node's only input x. */
  readonly vjp: (node: Exclude<Node, { op: "add" }>, x: T, y: T, dy: T) => T;
  readonly sum: (a: T, b: T) => T;
}

/** Walks from the gradient at the last node back to a node, or to the input, -1.
 * @param values of the forward pass */
export function backward<T>(
  nodes: readonly Node[],
  values: ReadonlyMap<number, T>,
  { seed, to, rules }: { readonly seed: T; readonly to: number; readonly rules: BackwardRules<T> },
): T {
  const gradients = new Map([[nodes.length - 1, seed]]);
  const add = (index: number, dy: T) => {
    const before = gradients.get(index);
    gradients.set(index, before === undefined ? dy : rules.sum(before, dy));
  };
  for (const node of nodes.slice(to + 1).reverse()) {
    const y = known(values, node.index);
    const dy = known(gradients, node.index);
    const gated = node.relu ? rules.gate(dy, y) : dy;
    if (node.op === "add") for (const input of node.inputs) add(input, gated);
    else for (const input of node.inputs) add(input, rules.vjp(node, known(values, input), y, gated));
  }
  return known(gradients, to);
}

function inputsOf<T>(node: Node, values: ReadonlyMap<number, T>): T[] {
  return node.inputs.map((input) => known(values, input));
}

function known<T>(values: ReadonlyMap<number, T>, index: number): T {
  const value = values.get(index);
  if (value === undefined) throw new RangeError(`node ${index} has no value yet`);
  return value;
}
