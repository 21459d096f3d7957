// What an object of the procedural data set is made of, as functions of a place. Only arithmetic that IEEE 754 rounds
// correctly, so that the pictures are the same on every machine.

/** Whether a place lies inside. */
export type Region = (x: number, y: number) => boolean;

/** Marks that tell the classes, in a disc of radius 1 about the origin. */
export const marks = {
  ring: (x, y) => between(x * x + y * y, 0.16, 0.5),
  cross: (x, y) => (Math.abs(x) < 0.19 || Math.abs(y) < 0.19) && Math.abs(x) < 0.74 && Math.abs(y) < 0.74,
  bars: (x, y) => between(Math.abs(x), 0.18, 0.52) && Math.abs(y) < 0.66,
  dots: (x, y) => square(Math.abs(x) - 0.4) + square(Math.abs(y) - 0.4) < 0.065,
  triangle: (x, y) => y > -0.5 && 1.75 * Math.abs(x) + y < 0.72,
  half: (x, y) => x > 0 && x * x + y * y < 0.6,
} as const satisfies Record<string, Region>;

/** Outlines of bodies; the longer axis is x, from -1 to 1. */
export const outlines: readonly Region[] = [
  (x, y) => x * x + y * y < 1,
  (x, y) => square(x * x) + square(y * y) < 1,
  (x, y) => x * x + square(y * (1 + 0.35 * x)) < 1,
  (x, y) => Math.abs(y) < 0.95 && Math.abs(x) + 0.5 * Math.abs(y) < 1.05,
];

/** How bright a body is at a place, -1 to 1. */
export type Texture = (x: number, y: number) => number;

/** Skins of bodies, different in every few pixels and whatever way they are turned; the one of the same index as the
 * class is its own. The middle of the body is at 0, its ends are 7 units away. */
export const textures: readonly Texture[] = [
  (_, y) => wave(y),
  (x) => wave(0.4 * x),
  (x, y) => wave(x) * wave(y),
  (x, y) => wave(0.45 * x) * wave(0.45 * y),
  (x, y) => wave(x + wave(0.7 * y)),
  (x) => x / 7,
];

/** A wave of triangles between -1 and 1, with a period of 2. */
function wave(x: number): number {
  return 4 * Math.abs(0.5 * x - Math.floor(0.5 * x + 0.5)) - 1;
}

function between(value: number, low: number, high: number): boolean {
  return value > low && value < high;
}

function square(value: number): number {
  return value * value;
}
