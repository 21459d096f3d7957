import { ShapeError } from "../../errors.ts";

/** Pixels added around a picture: [[top, bottom], [left, right]]. */
export type Sides = readonly [readonly [number, number], readonly [number, number]];
/** `same` and `valid` as TensorFlow defines them, or so many pixels a side. */
export type Padding = "same" | "valid" | Sides;
/** [along height, along width] in pixels, or one number for both. */
export type Pair = number | readonly [number, number];

/** Where a sliding window stands: its size, its steps, its taps' distance (dilation), padding before the first pixel,
 * and how often it fits. Pixels throughout, first along height, then along width. */
export interface Window {
  readonly KH: number;
  readonly KW: number;
  readonly SH: number;
  readonly SW: number;
  readonly DH: number;
  readonly DW: number;
  readonly top: number;
  readonly left: number;
  readonly OH: number;
  readonly OW: number;
}

export interface WindowOptions {
  /** Operation, for messages. */
  readonly what: string;
  /** Taps, not counting the gaps of a dilation. */
  readonly size: Pair;
  readonly stride: Pair;
  readonly dilation?: Pair;
  readonly padding: Padding;
}

/** Where a sliding window stands on an H x W picture, and how many times it fits.
 * @throws ShapeError if an option is no whole number of pixels, or the window does not fit even once */
export function windowOf(H: number, W: number, options: WindowOptions): Window {
  const { what, padding } = options;
  const [KH, KW] = pair(options.size, what, "size");
  const [SH, SW] = pair(options.stride, what, "stride");
  const [DH, DW] = pair(options.dilation ?? 1, what, "dilation");
  checkPadding(padding, what);
  const rows = axis({ extent: H, size: (KH - 1) * DH + 1, stride: SH, padding: sides(padding, 0) });
  const columns = axis({ extent: W, size: (KW - 1) * DW + 1, stride: SW, padding: sides(padding, 1) });
  if (rows.count < 1 || columns.count < 1)
    throw new ShapeError(
      `${what}: a window of ${KH}x${KW} (dilation ${DH}x${DW}) does not fit in ${H}x${W} with padding ${JSON.stringify(padding)}`,
    );
  return { KH, KW, SH, SW, DH, DW, top: rows.before, left: columns.before, OH: rows.count, OW: columns.count };
}

function checkPadding(padding: Padding, what: string): void {
  if (padding === "same" || padding === "valid") return;
  const counts: readonly unknown[] = Array.isArray(padding) ? padding.flat() : [];
  if (counts.length !== 4 || !counts.every((count) => Number.isInteger(count) && Number(count) >= 0))
    throw new ShapeError(
      `${what}: padding ${JSON.stringify(padding)} must be "same", "valid", or [[top, bottom], [left, right]] in whole pixels`,
    );
}

export function pair(value: Pair, what: string, name: string): readonly [number, number] {
  const both = typeof value === "number" ? ([value, value] as const) : value;
  if (!both.every((entry) => Number.isInteger(entry) && entry >= 1))
    throw new ShapeError(`${what}: ${name} ${JSON.stringify(value)} must be one or two whole numbers, at least 1`);
  return both;
}

function sides(padding: Padding, index: 0 | 1): "same" | "valid" | readonly [number, number] {
  return typeof padding === "string" ? padding : padding[index];
}

/** Windows along one axis; "same" puts the odd pixel of padding behind, as TensorFlow does. */
function axis(a: {
  extent: number;
  size: number;
  stride: number;
  padding: "same" | "valid" | readonly [number, number];
}): { before: number; count: number } {
  const { extent, size, stride, padding } = a;
  if (padding === "same") {
    const count = Math.ceil(extent / stride);
    const total = Math.max(0, (count - 1) * stride + size - extent);
    return { before: Math.floor(total / 2), count };
  }
  const [before, after] = padding === "valid" ? [0, 0] : padding;
  return { before, count: Math.floor((extent + before + after - size) / stride) + 1 };
}
