import { atLeastOne } from "../../../at-least-one.ts";
import { ShapeError } from "../../../errors.ts";
import type { Box, FloatMap, Image } from "../../../image/types.ts";
import { generator, type Seed } from "../../../random.ts";
import { checkIndex, type Dataset } from "../dataset.ts";
import { drawScene, masksOf } from "./draw.ts";
import { marks } from "./parts.ts";
import { planScene, type ScenePlan } from "./plan.ts";

/** How many pictures, and of what. */
export interface ShapesOptions {
  /** Number of pictures. */
  readonly count: number;
  /** Another seed, other pictures; 0 unless given. */
  readonly seed?: Seed;
  /** Width and height in pixels, at least 32; 64 unless given. */
  readonly size?: number;
  /** Objects in a picture: 1 (default), with labels; or 2, which means one or two of different classes, smaller ones,
   * with vectors of targets. */
  readonly objects?: 1 | 2;
}

/** An object, and where it is. */
export interface ShapesObject {
  readonly classIndex: number;
  /** Around the whole object. */
  readonly box: Box;
  /** Around the part that tells the class. */
  readonly partBox: Box;
  /** 1 in the whole object, 0 elsewhere. */
  readonly mask: FloatMap;
  /** 1 in the part that tells the class, 0 elsewhere. */
  readonly part: FloatMap;
}

/** A picture with all that is known of it. */
export interface Scene {
  readonly image: Image;
  readonly objects: readonly ShapesObject[];
}

/** The procedural data set; `scene` knows what `get` does not tell a network. */
export interface ShapesDataset extends Dataset {
  readonly classNames: readonly string[];
  scene(index: number): Scene;
}

/** The classes, by the marks that tell them. */
export const shapesClasses: readonly string[] = Object.keys(marks);

/** Pictures of textured bodies on cluttered backgrounds, made of seeds, for localisation that nobody drew boxes for.
 *
 * An object is a body (ellipse, rounded box, egg or hexagon, 48 to 62 % of the picture long, 38 to 46 % with two
 * objects) with a badge near one end. Of the badge's mark follows the class: ring, cross, bars, dots, triangle, half;
 * nothing else tells it with certainty, and nothing in the background looks like one. The body has weaker evidence: its
 * faint texture is the class's own in 70 % of the objects and any of the six in the others (right for 3 of 4 objects).
 * So a classifier looks at the badge, a fifth of the object; one that may not see the badge has the body to go by.
 *
 * Example i of one-object sets has class i mod 6. The same seed gives the same bytes on every machine; `x` is the bytes
 * divided by 255, [size, size, 3].
 * @throws ShapeError for a count or size that is none */
export function shapesDataset({ count, seed = 0, size = 64, objects = 1 }: ShapesOptions): ShapesDataset {
  atLeastOne("shapesDataset: count", count);
  if (!Number.isInteger(size) || size < 32)
    throw new ShapeError(`shapesDataset: size is ${size}, but it must be a whole number of at least 32.`);
  if (objects !== 1 && objects !== 2)
    throw new ShapeError(`shapesDataset: objects is ${objects}, but it must be 1 or 2.`);
  const isCrowded = objects === 2;
  const classCount = shapesClasses.length;
  const planOf = (index: number) => {
    checkIndex(index, { length: count });
    const random = generator(`${seed}, scene ${index} of ${objects}`);
    const classes = classesOf(index, isCrowded, random);
    return { plan: planScene({ size, classes, isCrowded, random }), random };
  };
  return {
    length: count,
    inputShape: [size, size, 3],
    classNames: shapesClasses,
    ...(isCrowded ? {} : { labels: Int32Array.from({ length: count }, (_, i) => i % classCount) }),
    get(index) {
      const { plan, random } = planOf(index);
      const { data } = drawScene(plan, size, random);
      const x = new Float32Array(data.length);
      for (let i = 0; i < x.length; i++) x[i] = (data[i] ?? 0) / 255;
      return { x, y: isCrowded ? targetsOf(plan) : index % classCount };
    },
    scene(index) {
      const { plan, random } = planOf(index);
      const found = plan.objects.map((object) => {
        const { mask, part } = masksOf(object, size);
        return { classIndex: object.classIndex, box: boxOf(mask), partBox: boxOf(part), mask, part };
      });
      return { image: drawScene(plan, size, random), objects: found };
    },
  };
}

function classesOf(index: number, isCrowded: boolean, random: () => number): number[] {
  const count = shapesClasses.length;
  const first = index % count;
  if (!isCrowded || random() < 0.5) return [first];
  return [first, (first + 1 + Math.floor((count - 1) * random())) % count];
}

function targetsOf({ objects }: ScenePlan): Float32Array {
  return Float32Array.from(shapesClasses, (_, c) => (objects.some(({ classIndex }) => classIndex === c) ? 1 : 0));
}

/** The smallest box around what is not 0. */
function boxOf({ width, height, data }: FloatMap): Box {
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  }
  return { x0, y0, x1, y1 };
}
