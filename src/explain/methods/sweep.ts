import { inputsOf } from "../../autograd/reach.ts";
import type { Tape, TapeNode } from "../../autograd/tape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { HeatMap } from "../heat-map.ts";
import type { Question } from "../question.ts";
import type { Scalar } from "../targets.ts";
import { encodeMap } from "./grad-cam.ts";
import { walkOf } from "./gradient.ts";

/** How a walk back past many layers tells of itself, and how it is ended. Either of the two makes it run in pieces, one
 * after the other; without them it is read together with whatever else is asked in the same turn. */
export interface SweepOptions {
  /** Called after each piece of the walk with how many layers are done, the last of the network first, and of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the work before the next piece; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A walk is cut into at most so many pieces: each costs the wait for its maps. */
const MOST_PIECES = 16;

/** Grad-CAM at several layers from one walk back; a list of rows for each layer.
 * @param layers in the order of the forward pass
 * @throws the signal's reason */
export async function gradCamSweep(
  question: Question,
  layers: readonly TapeNode[],
  { onProgress, signal }: SweepOptions = {},
): Promise<HeatMap[][]> {
  const { run } = question;
  signal?.throwIfAborted();
  let scalars: readonly Scalar[] = run.engine.scope(() => run.ask(question.targets));
  const found: HeatMap[][] = [];
  try {
    const pieces = onProgress || signal ? piecesOf(run.tape, layers, scalars) : [layers];
    for (const [i, piece] of pieces.entries()) {
      signal?.throwIfAborted();
      const { maps, rest } = walked(question, scalars, { piece, goesOn: i + 1 < pieces.length });
      dispose(scalars);
      scalars = rest;
      found.unshift(...(await maps));
      onProgress?.(found.length, layers.length);
    }
  } finally {
    dispose(scalars);
  }
  return found;
}

function dispose(scalars: readonly Scalar[]): void {
  for (const { seed } of scalars) seed.dispose();
}

/** Walks back to the first layer of a piece, from where the walk may go on. */
function walked(
  question: Question,
  scalars: readonly Scalar[],
  { piece, goesOn }: { readonly piece: readonly TapeNode[]; readonly goesOn: boolean },
): { readonly maps: Promise<HeatMap[][]>; readonly rest: readonly Scalar[] } {
  const { run } = question;
  let rest: readonly Scalar[] = [];
  const maps = run.encode(() => {
    const walk = walkOf("gradcam", "gradient");
    const outputs = piece.map(({ output }) => output);
    const gradients = run.gradients(scalars, outputs);
    const [y] = outputs;
    const [seed] = gradients;
    if (goesOn && y && seed) rest = [{ y, seed: run.engine.keep(seed) }];
    const encoded = piece.map((node, i) => encodeMap(question, node, { dA: gradients[i], walk }));
    return {
      tensors: encoded.flatMap(({ tensors }) => tensors),
      finish: (data) => encoded.map(({ finish }, i) => finish(data.slice(2 * i, 2 * i + 2))),
    };
  });
  return { maps, rest };
}

/** The layers in pieces, those of the last of the network first: the walk back can halt at the first of each. */
function piecesOf(tape: Tape, layers: readonly TapeNode[], scalars: readonly Scalar[]): TapeNode[][] {
  const halts = haltsOf(tape, scalars);
  const least = Math.ceil(layers.length / MOST_PIECES);
  const pieces: TapeNode[][] = [];
  let piece: TapeNode[] = [];
  for (const node of layers.toReversed()) {
    piece.unshift(node);
    if (piece.length < least || !halts.has(node)) continue;
    pieces.push(piece);
    piece = [];
  }
  return piece.length > 0 ? [...pieces, piece] : pieces;
}

/** Nodes through which the scalars see everything that was computed earlier: with such a node's gradient alone the walk
 * can go on. The inside of a residual block has none, since its skip passes by. */
function haltsOf(tape: Tape, scalars: readonly Scalar[]): ReadonlySet<TapeNode> {
  const place = (tensor: Tensor) => tape.producerOf(tensor)?.index;
  const seen = new Set(scalars.flatMap(({ y }) => place(y) ?? []));
  /** Of all that the nodes so far look back to. */
  let earliest = Math.min(...seen);
  const halts = new Set<TapeNode>();
  for (const node of tape.nodes.toReversed()) {
    if (!seen.has(node.index)) continue;
    if (earliest === node.index) halts.add(node);
    // weights and the network's input are computed by no node
    const before = inputsOf(node).flatMap((input) => place(input) ?? []);
    for (const index of before) seen.add(index);
    earliest = Math.min(earliest, ...before);
  }
  return halts;
}
