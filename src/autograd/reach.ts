// Which recorded nodes depend on what.
import type { Tensor } from "../tensor/tensor.ts";
import type { TapeNode } from "./tape.ts";

export function inputsOf({ inputs }: TapeNode): Tensor[] {
  return Object.values(inputs).filter((input) => input !== undefined);
}

/** Ids of the given tensors and of everything recorded that depends on them. */
export function dependents(nodes: readonly TapeNode[], ids: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set(ids);
  for (const node of nodes) if (inputsOf(node).some(({ id }) => found.has(id))) found.add(node.output.id);
  return found;
}

/** The nodes that depend on `from` and that y depends on, in the order in which they ran; y's own is the last. */
export function between(nodes: readonly TapeNode[], from: Tensor, y: Tensor): TapeNode[] {
  const touched = dependents(nodes, new Set([from.id]));
  const wanted = new Set([y.id]);
  const found = nodes.toReversed().filter((node) => {
    const { id } = node.output;
    if (id === from.id || !touched.has(id) || !wanted.has(id)) return false;
    for (const input of inputsOf(node)) wanted.add(input.id);
    return true;
  });
  return found.reverse();
}
