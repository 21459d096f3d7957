import { allOps, type Rules, type TapeNode, type Target, type TypedData } from "../../../src/index.ts";
import type { Explained } from "../../store/session.ts";

/** How a pool's windows lie. */
export interface Windows {
  readonly KH: number;
  readonly KW: number;
  readonly SH: number;
  readonly SW: number;
  /** Rows and columns of padding before the first. */
  readonly top: number;
  readonly left: number;
}

/** A max pool: what it was given, what it gave, and what comes back. */
export interface Pool {
  readonly windows: Windows;
  /** [h, w, channels] of x and of y. */
  readonly inner: readonly [number, number, number];
  readonly outer: readonly [number, number, number];
  readonly x: TypedData;
  readonly y: TypedData;
  readonly dy: TypedData;
  readonly dx: TypedData;
  /** dx where this one pool hands its cotangent to all of a window alike. */
  readonly relaxed: TypedData;
}

/** The max pools that were recorded. */
export function poolsOf(one: Explained): readonly TapeNode[] {
  return one.run.tape.nodes.filter(({ op }) => op.name === "max_pool");
}

/** Reads a pool; the walks back end there. */
export async function readPool(one: Explained, node: TapeNode, target: Target): Promise<Pool> {
  const { recording } = one.run;
  const input = node.inputs.x;
  if (!input) throw new Error(`${node.label}: no input x`);
  const walks = recording.encode(() => {
    const asked = recording.ask([target]);
    const plain = recording.gradients(asked, [node.output, input]);
    const relaxed = recording.gradients(asked, [input], { rules: asAverage(node) });
    return { tensors: [...plain, ...relaxed], finish: (data: TypedData[]) => data };
  });
  const recorded = recording.read([input, node.output], (data) => data);
  const empty = new Float32Array(0);
  const [[dy = empty, dx = empty, relaxed = empty], [x = empty, y = empty]] = await Promise.all([walks, recorded]);
  const windows = node.params as Windows;
  return { windows, inner: extents(input.shape), outer: extents(node.output.shape), x, y, dy, dx, relaxed };
}

/** One pool goes back as an average pool does; all else by the plain gradient. */
function asAverage(node: TapeNode): Rules {
  const average = allOps().get("avg_pool");
  return ({ index }) => (index === node.index ? average : undefined);
}

function extents([, h = 1, w = 1, channels = 1]: readonly number[]): [number, number, number] {
  return [h, w, channels];
}

/** The part of the input that one window sees: padding is left out. */
export interface Seen {
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
}

export function seenBy({ windows, inner }: Pool, { row, column }: { row: number; column: number }): Seen {
  const { KH, KW, SH, SW, top, left } = windows;
  const [first, start] = [row * SH - top, column * SW - left];
  const [y, x] = [Math.max(0, first), Math.max(0, start)];
  return { row: y, column: x, height: Math.min(inner[0], first + KH) - y, width: Math.min(inner[1], start + KW) - x };
}

/** The numbers in a part of one channel, row by row. */
export function cut(plane: ArrayLike<number>, extent: number, { row, column, height, width }: Seen): number[] {
  return Array.from({ length: height * width }, (_, i) => {
    return plane[(row + Math.floor(i / width)) * extent + column + (i % width)] ?? 0;
  });
}

/** Where the largest magnitude is. */
export function strongest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] ?? 0) > Math.abs(values[best] ?? 0)) best = i;
  return best;
}
