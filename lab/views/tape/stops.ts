import type { TapeNode, Tensor } from "../../../src/index.ts";
import { feeds, inputKey, keyOf, type Recorded } from "../../store/tape.ts";

export const ways = ["forward", "backward"] as const;
export type Way = (typeof ways)[number];

/** A place on the tape, on the way there or back; the model's input has no node. */
export interface Stop {
  readonly way: Way;
  /** Its name in the address. */
  readonly key: string;
  readonly node: TapeNode | undefined;
  /** How many operations on the way back read what this one made. */
  readonly readers: number;
}

/** All stops: from the input to the last operation, then from y back to the input. */
export function stopsOf(run: Recorded, nodes: readonly TapeNode[], y: Tensor): Stop[] {
  const back = wayBack(run, nodes, y);
  const readers = (tensor: Tensor) => back.filter((node) => feeds(run, node).includes(tensor)).length;
  const there = nodes.map((node): Stop => ({ way: "forward", key: keyOf(nodes, node), node, readers: 0 }));
  const returning = back.map(
    (node): Stop => ({ way: "backward", key: keyOf(nodes, node), node, readers: readers(node.output) }),
  );
  const input = { key: inputKey, node: undefined };
  return [
    { ...input, way: "forward", readers: 0 },
    ...there,
    ...returning,
    { ...input, way: "backward", readers: readers(run.input) },
  ];
}

/** Operations that y depends on and that depend on the input, from y on. */
function wayBack(run: Recorded, nodes: readonly TapeNode[], y: Tensor): TapeNode[] {
  const touched = new Set([run.input]);
  for (const node of nodes) if (feeds(run, node).some((tensor) => touched.has(tensor))) touched.add(node.output);
  const wanted = new Set([y]);
  return nodes.toReversed().filter((node) => {
    const isOnTheWay = wanted.has(node.output) && touched.has(node.output);
    if (isOnTheWay) for (const tensor of feeds(run, node)) wanted.add(tensor);
    return isOnTheWay;
  });
}
