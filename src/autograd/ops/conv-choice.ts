import type { Engine } from "../../tensor/engine.ts";
import type { Window } from "./window.ts";

// A pass of a convolution can go several ways: by the tiles of conv2d-tile.wgsl, as a product (conv-product.ts) or by
// Winograd's tiles (conv-winograd.ts). Pins come first (`engine.variants`), then what `tune` found, then each way's own rule.

/** One batch of pictures that lies in one buffer, the window that slides over it, and the groups of its channels. */
export interface ConvShape {
  readonly N: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly OC: number;
  readonly window: Window;
  readonly groups: number;
}

/** Multiply-adds of one pass. */
export function multipliesOf({ N, C, OC, window, groups }: ConvShape): number {
  return (N * window.OH * window.OW * window.KH * window.KW * C * OC) / groups;
}

/** The kernels whose variants are pinned for each pass. */
export const kernelOf = { forward: "conv2d", input: "conv2d-input-vjp", filter: "conv2d-filter-vjp" } as const;
/** Forward, dL/dx or dL/dw. */
export type ConvPass = keyof typeof kernelOf;

/** One pass of a convolution of one shape. */
export interface ConvPlace {
  readonly pass: ConvPass;
  readonly shape: ConvShape;
}

/** A place and the way that it is to go: a variant of its kernel, "product", "winograd-2" or "winograd-4"; undefined where
 * nobody says. */
export interface ConvCase extends ConvPlace {
  readonly way: string | undefined;
}

const tuned = new WeakMap<Engine, ReadonlyMap<string, string>>();
const noting = new WeakMap<Engine, Map<string, NotedPlace>>();

/** A place, and how often it came. */
export interface NotedPlace extends ConvPlace {
  times: number;
}

/** What is pinned for a place, or was found fastest for it. */
export function caseOf(engine: Engine, pass: ConvPass, shape: ConvShape): ConvCase {
  const place = { pass, shape };
  const [notes, ways] = [noting.get(engine), tuned.get(engine)];
  if (notes) note(notes, place);
  const pinned = engine.variants.get(kernelOf[pass]);
  return { ...place, way: pinned ?? ways?.get(placeKey(place, engine.recorder?.exact ?? false)) };
}

/** The name of a place in a table.
 * @param exact whether equal values must come out equal; see Recorder */
export function placeKey({ pass, shape }: ConvPlace, exact: boolean): string {
  const { N, H, W, C, OC, window, groups } = shape;
  const { KH, KW, SH, SW, DH, DW, top, left, OH, OW } = window;
  const extents = `${N}x${H}x${W}x${C}:${OH}x${OW}x${OC}`;
  return `${kernelOf[pass]}${exact ? " exact" : ""} ${extents} ${KH}x${KW} ${SH}x${SW} ${DH}x${DW} ${top},${left} ${groups}`;
}

/** From now on the engine goes these ways, by `placeKey`; "usual" is each way's own rule. */
export function goWays(engine: Engine, ways: Iterable<readonly [string, string]>): void {
  tuned.set(engine, new Map([...ways].filter(([, way]) => way !== "usual")));
}

/** The places that `body` comes by. */
export function placesOf(engine: Engine, body: () => void): NotedPlace[] {
  const notes = new Map<string, NotedPlace>();
  noting.set(engine, notes);
  try {
    body();
  } finally {
    noting.delete(engine);
  }
  return [...notes.values()];
}

function note(notes: Map<string, NotedPlace>, place: ConvPlace): void {
  const key = placeKey(place, false);
  const known = notes.get(key);
  if (known) known.times++;
  else notes.set(key, { ...place, times: 1 });
}
