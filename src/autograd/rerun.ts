import { ShapeError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inputsOf } from "./reach.ts";
import { copies } from "./stretch.ts";
import type { TapeNode } from "./tape.ts";

interface Replacement {
  readonly from: Tensor;
  /** In its place, with so many `times` its rows. */
  readonly value: Tensor;
  readonly times: number;
  /** Ids of what has a row for each picture, and is repeated where it was not computed anew. */
  readonly pictures: ReadonlySet<number>;
}

/** Runs nodes again with another value for one tensor, and returns the last one's output. What no later node reads is freed
 * on the way. */
export function rerun(nodes: readonly TapeNode[], { from, value, times, pictures }: Replacement): Tensor {
  const changed = new Map<number, Tensor>([[from.id, value]]);
  const readers = new Map<number, number>();
  for (const { id } of nodes.flatMap(inputsOf)) readers.set(id, (readers.get(id) ?? 0) + 1);
  const rows = (input: Tensor) => {
    const anew = changed.get(input.id);
    return anew ?? (times > 1 && pictures.has(input.id) ? copies(input, times) : input);
  };
  let y: Tensor | undefined;
  for (const node of nodes) {
    y = from.engine.scope(() => {
      const inputs = Object.entries(node.inputs).map(([name, input]) => [name, input && rows(input)] as const);
      return node.op.apply(Object.fromEntries(inputs), node.params);
    });
    changed.set(node.output.id, y);
    for (const { id } of inputsOf(node)) {
      const left = (readers.get(id) ?? 0) - 1;
      readers.set(id, left);
      if (left === 0 && id !== from.id) changed.get(id)?.dispose();
    }
  }
  if (!y) throw new ShapeError("replay: nothing to run");
  return y;
}
