import { type FloatMap, type MapResizeMethod, normalizeMap, resizeMap, type Size } from "../../../src/index.ts";

export const relus = ["before", "after", "none"] as const;
export const resizes = ["half-pixel", "align-corners", "nearest", "bicubic"] as const satisfies MapResizeMethod[];
export const normalises = ["max", "range"] as const;

/** What is done to a raw map on its way to a picture. */
export interface Choices {
  readonly relu: (typeof relus)[number];
  readonly resize: (typeof resizes)[number];
  readonly normalise: (typeof normalises)[number];
}

/** As the Grad-CAM paper and its programs do it. */
export const usual: Choices = { relu: "before", resize: "half-pixel", normalise: "max" };

/** A map after a step, with its range. */
export interface Step {
  readonly name: "raw" | "relu" | "resize" | "normalise";
  readonly map: FloatMap;
  readonly min: number;
  readonly max: number;
}

/** Every step from a raw map to values 0..1 at the size of a picture, in the order in which it is done. */
export function stepsOf(raw: FloatMap, size: Size, { relu, resize, normalise }: Choices): Step[] {
  const steps = [step("raw", raw)];
  const go = (name: Step["name"], change: (map: FloatMap) => FloatMap) => {
    steps.push(step(name, change(steps.at(-1)?.map ?? raw)));
  };
  if (relu === "before") go("relu", positive);
  go("resize", (map) => resizeMap(map, { width: size.width, height: size.height, method: resize }));
  if (relu === "after") go("relu", positive);
  go("normalise", (map) => normalizeMap(map, { by: normalise }).map);
  return steps;
}

/** The values 0..1 of the last step. */
export function heatOf(steps: readonly Step[], raw: FloatMap): FloatMap {
  return steps.at(-1)?.map ?? raw;
}

function step(name: Step["name"], map: FloatMap): Step {
  const { min, max } = normalizeMap(map);
  return { name, map, min, max };
}

function positive(map: FloatMap): FloatMap {
  return { ...map, data: map.data.map((value) => Math.max(value, 0)) };
}

/** The largest difference of two maps of one size, at any pixel. */
export function largestDifference(a: FloatMap, b: FloatMap): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? 0))), 0);
}
