import type { Box } from "../../image/types.ts";

/** A closed border of a binary picture, through the centres of its pixels. */
export interface Contour extends Box {
  /** Of the polygon through the pixels' centres: 0 for a single pixel and for lines. */
  readonly area: number;
  /** Around a hole of a region, rather than around a region. */
  readonly hole: boolean;
}

/** All borders of the 8-connected regions of a binary picture and of their 4-connected holes, in the order in which their
 * first pixels are met, as OpenCV's `findContours` with RETR_TREE finds them (it lists neighbours the other way round).
 * @param inside 0 or 1 for pixel `y * width + x`
 * @see   Suzuki and Abe 1985 ("Topological structural analysis of digitized binary images by border following") */
export function contoursOf(inside: Uint8Array, width: number): Contour[] {
  return new LevelSets(inside, width).contoursAbove(0);
}

/** The contours of what lies above one level of a gray picture after another. Only pixels at borders are looked at, which
 * makes 255 levels of a smooth picture cheap. */
export class LevelSets {
  readonly #width: number;
  /** With a frame of -1 around it. */
  readonly #levels: Int16Array;
  /** Where a border has passed, and whether an empty pixel was seen to the right: 2 * level + 2, and one more if so. What
   * another level left behind says nothing. */
  readonly #marks: Int16Array;
  /** For each level the places that are above it and have a neighbour to the left or right that is not, in reading order. */
  readonly #edges: readonly (readonly number[])[];

  /** @param levels of pixel `y * width + x` */
  constructor(levels: Uint8Array, width: number) {
    const height = width > 0 ? levels.length / width : 0;
    this.#width = width + 2;
    this.#levels = new Int16Array(this.#width * (height + 2)).fill(-1);
    for (let y = 0; y < height; y++)
      this.#levels.set(levels.subarray(y * width, (y + 1) * width), (y + 1) * this.#width + 1);
    this.#marks = new Int16Array(this.#levels.length);
    const edges = Array.from({ length: 256 }, (): number[] => []);
    for (let at = this.#width + 1; at < this.#levels.length - this.#width - 1; at++) {
      const own = this.#levels[at] ?? 0;
      const lowest = Math.min(this.#levels[at - 1] ?? 0, this.#levels[at + 1] ?? 0);
      for (let level = Math.max(0, lowest); level < own; level++) edges[level]?.push(at);
    }
    this.#edges = edges;
  }

  contoursAbove(level: number): Contour[] {
    const [levels, marks, passed] = [this.#levels, this.#marks, 2 * level + 2];
    const contours: Contour[] = [];
    for (const at of this.#edges[level] ?? []) {
      if (marks[at] === passed + 1) continue; // a border has passed that knows the right side
      if (marks[at] !== passed && (levels[at - 1] ?? -1) <= level) contours.push(this.#follow(at, level, LEFT));
      else if ((levels[at + 1] ?? -1) <= level) contours.push(this.#follow(at, level, RIGHT));
    }
    return contours;
  }

  /** Follows one border from its first pixel.
   * @param empty direction of the empty pixel that gave it away: to the left of a region, to the right at a hole */
  #follow(start: number, level: number, empty: number): Contour {
    const [levels, marks, passed] = [this.#levels, this.#marks, 2 * level + 2];
    const offsets = steps.map(([dx, dy]) => dy * this.#width + dx);
    const to = (direction: number) => offsets[direction & 7] ?? 0;
    const isEmpty = (at: number) => (levels[at] ?? -1) <= level;
    const bounds = new Bounds(this.#width);
    let first = empty;
    do
      first = (first - 1) & 7; // clockwise
    while (first !== empty && isEmpty(start + to(first)));
    if (first === empty) {
      marks[start] = passed + 1;
      bounds.add(start);
      return bounds.contour(empty === RIGHT);
    }
    const second = start + to(first);
    let [at, from] = [start, first];
    for (;;) {
      let [sawEmptyRight, direction] = [false, from];
      do {
        direction = (direction + 1) & 7;
        if (direction === RIGHT && isEmpty(at + 1)) sawEmptyRight = true;
      } while (isEmpty(at + to(direction)));
      if (sawEmptyRight) marks[at] = passed + 1;
      else if (marks[at] !== passed + 1) marks[at] = passed;
      bounds.add(at);
      const next = at + to(direction);
      if (next === start && at === second) return bounds.contour(empty === RIGHT);
      [at, from] = [next, direction + 4];
    }
  }
}

/** Directions, counterclockwise on the screen. */
const [RIGHT, LEFT] = [0, 4];
const steps: readonly (readonly [dx: number, dy: number])[] = [
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
];

/** Gathers a border's pixels. */
class Bounds {
  readonly #width: number;
  #box = { x0: Number.POSITIVE_INFINITY, y0: Number.POSITIVE_INFINITY, x1: -1, y1: -1 };
  #first: readonly [number, number] | undefined;
  #last: readonly [number, number] = [0, 0];
  /** Twice the signed area. */
  #doubled = 0;

  constructor(width: number) {
    this.#width = width;
  }

  add(at: number): void {
    const x = (at % this.#width) - 1;
    const y = Math.floor(at / this.#width) - 1;
    const box = this.#box;
    if (x < box.x0) box.x0 = x;
    if (x > box.x1) box.x1 = x;
    if (y < box.y0) box.y0 = y;
    if (y > box.y1) box.y1 = y;
    if (this.#first) this.#doubled += this.#last[0] * y - x * this.#last[1];
    this.#first ??= [x, y];
    this.#last = [x, y];
  }

  contour(hole: boolean): Contour {
    const [x, y] = this.#first ?? [0, 0];
    const doubled = this.#doubled + this.#last[0] * y - x * this.#last[1];
    return { ...this.#box, area: Math.abs(doubled) / 2, hole };
  }
}
