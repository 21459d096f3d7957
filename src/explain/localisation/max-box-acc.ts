import { ShapeError } from "../../errors.ts";
import { normalizeMap } from "../../image/normalize.ts";
import { resizeMap } from "../../image/resize-map.ts";
import type { Box, FloatMap, Size } from "../../image/types.ts";
import { type Contour, LevelSets } from "./contours.ts";
import { bestIou } from "./iou.ts";
import { checkSample, type LocalisationSample } from "./sample.ts";

/** Thresholds tau 0, 0.001 ... 0.999, as shares of the map's maximum. */
export const tauCount = 1000;
const tauStep = 0.001;
/** Maps and boxes are compared at this width and height. */
const defaultSide = 224;

/** Which boxes of a map count, and from which IoU on one is right. */
const curveSpecs = [
  { name: "largest-0.5", boxes: "largest", iou: 0.5 },
  { name: "all-0.3", boxes: "all", iou: 0.3 },
  { name: "all-0.5", boxes: "all", iou: 0.5 },
  { name: "all-0.7", boxes: "all", iou: 0.7 },
] as const;

/** "largest-0.5" is MaxBoxAcc's, the three of "all" are MaxBoxAccV2's. */
export type CurveName = (typeof curveSpecs)[number]["name"];

/** First and last index of thresholds that follow one another. */
export type TauRange = readonly [first: number, last: number];

/** The thresholds at which a sample was localised, for each curve; plain data. */
export type TauRanges = Readonly<Record<CurveName, readonly TauRange[]>>;

/** How many samples were localised at each threshold; plain data, to be stored and merged. */
export interface MaxBoxAccState {
  readonly count: number;
  readonly right: Readonly<Record<CurveName, readonly number[]>>;
}

/** The accuracy of a set at every threshold, and where it is best. */
export interface TauCurve {
  readonly name: CurveName;
  readonly iou: number;
  /** Share of the samples that were localised, for tau = i / 1000. */
  readonly accuracy: readonly number[];
  /** The largest accuracy, and the first threshold that reaches it. */
  readonly best: number;
  readonly tau: number;
}

/** What came of a set; the numbers are undefined where it was empty. */
export interface MaxBoxAccSummary {
  readonly count: number;
  /** Best accuracy over the threshold, of the box of the largest contour at IoU >= 0.5. */
  readonly maxBoxAcc: number | undefined;
  /** The same with any contour, averaged over IoU >= 0.3, 0.5 and 0.7. */
  readonly maxBoxAccV2: number | undefined;
  readonly curves: readonly TauCurve[];
}

/** MaxBoxAcc and MaxBoxAccV2: how well a set of maps localises, each at the threshold that suits the whole set best.
 *
 * A map is resized bicubically to 224 x 224, scaled from its minimum to its maximum and cut to 256 levels; for each tau its
 * pixels above `floor(tau * largest level)` make contours. As in the authors' evaluation a contour's box reaches one pixel
 * beyond it to the right and below, inside the picture, and both corners count. The true boxes are scaled to the same size
 * and cut to whole pixels.
 * @see Choe et al. 2020 ("Evaluating weakly supervised object localization methods right"), section 4.1, and its journal
 *      version of 2021 for V2 */
export class MaxBoxAcc {
  readonly name = "MaxBoxAcc";
  readonly #side: number;
  #count = 0;
  readonly #right = emptyCurves(() => new Array<number>(tauCount).fill(0));

  /** @throws ShapeError if `side` is not a whole number of at least 1 */
  constructor({ side = defaultSide }: { readonly side?: number } = {}) {
    if (!Number.isInteger(side) || side < 1)
      throw new ShapeError(`MaxBoxAcc: side is ${side}, but it must be a whole number of at least 1.`);
    this.#side = side;
  }

  /** Takes a sample in, best with the map as it came from the method, negative values included.
   * @returns the thresholds at which it was localised
   * @throws  ShapeError for a sample without boxes, or whose map does not fit its size; NonFiniteError for NaN */
  update(sample: LocalisationSample): TauRanges {
    const ranges = this.measure(sample);
    this.add(ranges);
    return ranges;
  }

  /** The thresholds at which a sample would be localised; as `update`. */
  measure(sample: LocalisationSample): TauRanges {
    const size = checkSample("MaxBoxAcc", sample);
    const levels = levelsOf(sample.map, this.#side);
    const truth = sample.boxes.map((box) => scaledBox(box, size, this.#side));
    const ious = iousByLevel(levels, this.#side, truth);
    const most = levels.reduce((a, b) => Math.max(a, b), 0);
    return emptyCurves(({ boxes, iou }) =>
      rangesWhere((i) => (ious[Math.floor(i * tauStep * most)]?.[boxes] ?? 0) >= iou),
    );
  }

  /** Takes in a sample that was measured elsewhere. */
  add(ranges: TauRanges): void {
    const right = emptyCurves(({ name }) => {
      const counts = new Array<number>(tauCount).fill(0);
      for (const [first, last] of ranges[name]) counts.fill(1, first, last + 1);
      return counts;
    });
    this.merge({ count: 1, right });
  }

  /** Takes in the state of another part of the set. */
  merge({ count, right }: MaxBoxAccState): void {
    this.#count += count;
    for (const { name } of curveSpecs) {
      const mine = this.#right[name];
      for (let i = 0; i < tauCount; i++) mine[i] = (mine[i] ?? 0) + (right[name][i] ?? 0);
    }
  }

  get state(): MaxBoxAccState {
    return { count: this.#count, right: emptyCurves(({ name }) => [...this.#right[name]]) };
  }

  summary(): MaxBoxAccSummary {
    const count = this.#count;
    if (count === 0) return { count, maxBoxAcc: undefined, maxBoxAccV2: undefined, curves: [] };
    const curves = curveSpecs.map(({ name, iou }): TauCurve => {
      const accuracy = this.#right[name].map((right) => right / count);
      const best = Math.max(...accuracy);
      return { name, iou, accuracy, best, tau: accuracy.indexOf(best) / tauCount };
    });
    const [first, ...others] = curves;
    const sum = others.reduce((total, { best }) => total + best, 0);
    return { count, maxBoxAcc: first?.best, maxBoxAccV2: sum / others.length, curves };
  }
}

function emptyCurves<T>(make: (spec: (typeof curveSpecs)[number]) => T): Record<CurveName, T> {
  return Object.fromEntries(curveSpecs.map((spec) => [spec.name, make(spec)])) as Record<CurveName, T>;
}

/** A map in 256 levels: 0 is its minimum, 255 its maximum; a flat one is 0 everywhere.
 * @returns [side, side] */
export function levelsOf(map: FloatMap, side: number): Uint8Array {
  // a flat map would gain noise from the resize's rounding, which the scaling would blow up
  if (normalizeMap(map, { by: "range" }).empty) return new Uint8Array(side * side);
  const resized = resizeMap(map, { width: side, height: side, method: "bicubic" });
  const { min, max, empty } = normalizeMap(resized, { by: "range" });
  if (empty) return new Uint8Array(side * side);
  const { fround } = Math; // in single precision, as the authors' arrays are: a level is decided by the last bit
  const span = fround(max - min);
  return Uint8Array.from(resized.data, (value) => fround(fround(fround(value - min) / span) * 255));
}

function scaledBox({ x0, y0, x1, y1 }: Box, { width, height }: Size, side: number): Box {
  const [wide, high] = [(x: number) => Math.trunc((x * side) / width), (y: number) => Math.trunc((y * side) / height)];
  return { x0: wide(x0), y0: high(y0), x1: wide(x1), y1: high(y1) };
}

interface Ious {
  readonly largest: number;
  readonly all: number;
}

/** For each level the IoU of what lies above it with the true boxes. */
function iousByLevel(levels: Uint8Array, side: number, truth: readonly Box[]): Ious[] {
  const sets = new LevelSets(levels, side);
  return Array.from({ length: 256 }, (_, level) => iousOf(sets.contoursAbove(level), side, truth));
}

/** Where nothing is above the threshold, the authors take the box of the first pixel. */
const nothing: Box = { x0: 0, y0: 0, x1: 0, y1: 0 };

function iousOf(contours: readonly Contour[], side: number, truth: readonly Box[]): Ious {
  if (contours.length === 0) {
    const only = bestIou(nothing, truth);
    return { largest: only, all: only };
  }
  let [largest, all, area] = [0, 0, -1];
  for (const contour of contours) {
    const { x0, y0, x1, y1 } = contour;
    const found = bestIou({ x0, y0, x1: Math.min(x1 + 1, side - 1), y1: Math.min(y1 + 1, side - 1) }, truth);
    all = Math.max(all, found);
    // of equal ones the last: OpenCV lists it first
    if (!contour.hole && contour.area >= area) [largest, area] = [found, contour.area];
  }
  return { largest, all };
}

/** Threshold indices at which something holds, as ranges. */
function rangesWhere(holds: (index: number) => boolean): TauRange[] {
  const ranges: TauRange[] = [];
  let first = -1;
  for (let i = 0; i <= tauCount; i++) {
    const isHere = i < tauCount && holds(i);
    if (isHere && first < 0) first = i;
    if (!isHere && first >= 0) {
      ranges.push([first, i - 1]);
      first = -1;
    }
  }
  return ranges;
}
