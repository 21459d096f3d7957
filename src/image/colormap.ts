import { NonFiniteError } from "../errors.ts";
import { checkMap, unknownName } from "./check.ts";
import { viridisHex } from "./colormap-viridis.ts";
import type { FloatMap, Image } from "./types.ts";

/** From low to high: jet is blue to red (as matplotlib), viridis dark blue to yellow, gray black to white. */
export type ColormapName = "jet" | "viridis" | "gray";

/** The corners of a piecewise linear curve over 0..1. */
type Corners = readonly (readonly [position: number, value: number])[];

/** matplotlib's jet (OpenCV's differs by up to 33 levels): the one in Keras' Grad-CAM example. */
const jetCorners: readonly Corners[] = [
  [
    [0, 0],
    [0.35, 0],
    [0.66, 1],
    [0.89, 1],
    [1, 0.5],
  ],
  [
    [0, 0],
    [0.125, 0],
    [0.375, 1],
    [0.64, 1],
    [0.91, 0],
    [1, 0],
  ],
  [
    [0, 0.5],
    [0.11, 1],
    [0.34, 1],
    [0.65, 0],
    [1, 0],
  ],
];

const tables: Record<ColormapName, () => Uint8Array> = {
  jet: () => fill((level, channel) => Math.trunc(255 * follow(jetCorners[channel] ?? [], level))),
  viridis: () =>
    fill((level, channel) =>
      Number.parseInt(viridisHex.slice((level * 3 + channel) * 2, (level * 3 + channel) * 2 + 2), 16),
    ),
  gray: () => fill((level) => level),
};
const made = new Map<string, Uint8Array>();

/** The 256 colours of a colour map, as 768 bytes R, G, B; every call gives the same array.
 * @throws UnknownNameError if there is no map of this name */
export function colormapTable(name: ColormapName): Uint8Array {
  const known = made.get(name);
  if (known) return known;
  if (!Object.hasOwn(tables, name)) throw unknownName("colormap: no map", name, Object.keys(tables));
  const table = tables[name]();
  made.set(name, table);
  return table;
}

/** Paints a map: value v takes colour trunc(255 * v), as Keras' example does; what is outside 0..1 takes an end colour.
 * @param map values 0..1, from `normalizeMap`
 * @throws    NonFiniteError if a value is NaN or infinite; UnknownNameError if there is no map of this name */
export function colorize(map: FloatMap, name: ColormapName): Image {
  checkMap("colorize", map);
  const table = colormapTable(name);
  const data = new Uint8Array(map.data.length * 3);
  for (let i = 0, o = 0; i < map.data.length; i++, o += 3) {
    const value = map.data[i] ?? 0;
    if (!Number.isFinite(value)) {
      const where = `x = ${i % map.width}, y = ${Math.floor(i / map.width)}`;
      throw new NonFiniteError(`colorize: the map is ${value} at ${where}. Check the values that it was made from.`);
    }
    // In float32, because 255 * v is a float32 product in NumPy.
    const level = Math.trunc(Math.fround(255 * Math.min(1, Math.max(0, value))));
    data[o] = table[level * 3] ?? 0;
    data[o + 1] = table[level * 3 + 1] ?? 0;
    data[o + 2] = table[level * 3 + 2] ?? 0;
  }
  return { width: map.width, height: map.height, channels: 3, data };
}

function fill(value: (level: number, channel: number) => number): Uint8Array {
  return new Uint8Array(768).map((_, i) => value(Math.floor(i / 3), i % 3));
}

/** The curve's value at `level` of 0..255, in matplotlib's order of operations. */
function follow(corners: Corners, level: number): number {
  const right = Math.max(
    1,
    corners.findIndex(([position]) => position * 255 >= level),
  );
  const [x0, y0] = corners[right - 1] ?? [0, 0];
  const [x1, y1] = corners[right] ?? [1, 0];
  if (level === 255) return y1;
  return ((level - x0 * 255) / (x1 * 255 - x0 * 255)) * (y1 - y0) + y0;
}
