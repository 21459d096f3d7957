import { outlines, textures } from "./parts.ts";

/** Red, green and blue, 0..1. */
export type Colour = readonly [number, number, number];

/** A place, a direction and half extents, in pixels. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  /** Cosine and sine of the rotation. */
  readonly cos: number;
  readonly sin: number;
  readonly halfLength: number;
  readonly halfWidth: number;
}

/** An object before it is drawn. */
export interface ObjectPlan extends Pose {
  readonly classIndex: number;
  readonly outline: number;
  readonly texture: number;
  readonly colour: Colour;
  /** The badge's radius, and its place on the longer axis. */
  readonly radius: number;
  readonly offset: number;
  readonly paper: Colour;
  readonly ink: Colour;
}

/** A patch of the background: an ellipse, a rectangle or a triangle. */
export interface Clutter extends Pose {
  readonly kind: number;
  readonly colour: Colour;
}

/** Everything that chance decides about a picture but its grain. */
export interface ScenePlan {
  /** A grid of 4 x 4 colours that the background runs between. */
  readonly ground: readonly Colour[];
  readonly clutter: readonly Clutter[];
  readonly objects: readonly ObjectPlan[];
}

/** What a picture is planned from. */
export interface PlanOptions {
  readonly size: number;
  /** Of the objects, one or two. */
  readonly classes: readonly number[];
  /** Whether two objects must find room; all are smaller then. */
  readonly isCrowded: boolean;
  readonly random: () => number;
}

/** Share of the objects whose texture is their class's own; the others wear any. */
const ownTexture = 0.7;

export function planScene({ size, classes, isCrowded, random }: PlanOptions): ScenePlan {
  const mean = colourIn(random, 0.3, 0.65);
  const ground = Array.from({ length: 16 }, () => near(mean, 0.14, random));
  const clutter = Array.from({ length: 8 + Math.floor(7 * random()) }, () => clutterOf(size, mean, random));
  const poses = posesOf({ size, classes, isCrowded, random });
  return { ground, clutter, objects: poses.map((pose, i) => objectOf(pose, classes[i] ?? 0, { mean, random })) };
}

function clutterOf(size: number, mean: Colour, random: () => number): Clutter {
  const halfLength = size * (0.04 + 0.1 * random());
  const rest = { halfLength, halfWidth: halfLength * (0.5 + 0.5 * random()), kind: Math.floor(3 * random()) };
  return { x: size * random(), y: size * random(), ...turn(random), ...rest, colour: near(mean, 0.3, random) };
}

function posesOf({ size, classes, isCrowded, random }: PlanOptions): Pose[] {
  const [least, spread] = isCrowded ? [0.38, 0.08] : [0.48, 0.14];
  const bodies = classes.map(() => {
    const halfLength = 0.5 * size * (least + spread * random());
    return { halfLength, halfWidth: halfLength * (0.62 + 0.14 * random()), ...turn(random) };
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    const poses = bodies.map((body) => ({ ...body, x: placeOf(body, size, random), y: placeOf(body, size, random) }));
    if (areApart(poses)) return poses;
  }
  // opposite corners always have room
  return bodies.map((body, i) => {
    const at = i === 0 ? body.halfLength : size - body.halfLength;
    return { ...body, x: at, y: at };
  });
}

function placeOf({ halfLength }: { readonly halfLength: number }, size: number, random: () => number): number {
  return halfLength + (size - 2 * halfLength) * random();
}

function areApart([a, b]: readonly Pose[]): boolean {
  if (!a || !b) return true;
  const [dx, dy, apart] = [a.x - b.x, a.y - b.y, a.halfLength + b.halfLength];
  return dx * dx + dy * dy >= apart * apart;
}

function objectOf(
  pose: Pose,
  classIndex: number,
  { mean, random }: { readonly mean: Colour; readonly random: () => number },
): ObjectPlan {
  const own = random() < ownTexture;
  const other = Math.floor(textures.length * random());
  const radius = 0.38 * pose.halfLength;
  const side = random() < 0.5 ? -1 : 1;
  const isPale = random() < 0.5;
  const [pale, deep] = [colourIn(random, 0.85, 1), colourIn(random, 0, 0.15)];
  return {
    ...pose,
    classIndex,
    outline: Math.floor(outlines.length * random()),
    texture: own ? classIndex : other,
    colour: unlike(mean, random),
    radius,
    offset: side * (pose.halfLength - 1.25 * radius),
    paper: isPale ? pale : deep,
    ink: isPale ? deep : pale,
  };
}

/** A direction, from the half angle's tangent: sines differ between machines. */
function turn(random: () => number): { readonly cos: number; readonly sin: number } {
  const tangent = 2 * random() - 1;
  const sign = random() < 0.5 ? -1 : 1;
  const square = tangent * tangent;
  return { cos: (sign * (1 - square)) / (1 + square), sin: (sign * 2 * tangent) / (1 + square) };
}

function colourIn(random: () => number, low: number, high: number): Colour {
  const one = () => low + (high - low) * random();
  return [one(), one(), one()];
}

function near([red, green, blue]: Colour, spread: number, random: () => number): Colour {
  const one = (value: number) => Math.min(1, Math.max(0, value + spread * (2 * random() - 1)));
  return [one(red), one(green), one(blue)];
}

/** A colour that stands out from the background's. */
function unlike(mean: Colour, random: () => number): Colour {
  for (;;) {
    const colour = colourIn(random, 0.1, 0.9);
    const difference = colour.reduce((sum, value, c) => sum + Math.abs(value - (mean[c] ?? 0)), 0);
    if (difference > 0.7) return colour;
  }
}
