import { MaxBoxAcc, type MaxBoxAccSummary, type TauRanges } from "../../explain/localisation/max-box-acc.ts";
import { type Box, type FloatMap, normalizeMap, resizeMap } from "../../index.ts";

/** A heat map of few bits: enough to draw it again. */
export interface StoredMap {
  readonly width: number;
  readonly height: number;
  readonly min: number;
  readonly max: number;
  /** Base64 of a byte for each value, from `min` to `max`. */
  readonly levels: string;
}

/** One class of one picture: what was explained, and how well it was localised. */
export interface ClassLine {
  /** As the box file says it. */
  readonly class?: string;
  /** The class whose map this is. */
  readonly index: number;
  readonly label?: string;
  readonly layer?: string;
  /** The map's box; null where the map is empty. */
  readonly box: Box | null;
  readonly boxes: readonly Box[];
  readonly iou: number;
  readonly oquab: number;
  readonly pointing: number;
  readonly energy: number;
  readonly maxBoxAcc: TauRanges;
  readonly map: StoredMap;
}

/** One line of results.jsonl: a picture and its classes, or why there are none. */
export type ResultLine = GoodLine | BadLine;

export interface GoodLine {
  readonly image: string;
  readonly width: number;
  readonly height: number;
  /** The class that the network finds most likely, and its probability. */
  readonly predicted: { readonly index: number; readonly probability: number; readonly label?: string };
  readonly results: readonly ClassLine[];
}

export interface BadLine {
  readonly image: string;
  readonly error: string;
}

export function isGood(line: ResultLine): line is GoodLine {
  return !("error" in line);
}

/** What a data set came to; the numbers are undefined where nothing was measured. */
export interface Metrics {
  /** Pictures that were explained. */
  readonly explained: number;
  /** Pictures that could not be read or explained. */
  readonly errors: number;
  /** Maps: classes of pictures. */
  readonly maps: number;
  readonly emptyMaps: number;
  readonly meanIou: number | undefined;
  /** Share of the maps whose box has an IoU of at least 0.5. */
  readonly boxAccuracy: number | undefined;
  /** Of those too: the class is the one that the network finds most likely. */
  readonly top1: number | undefined;
  readonly oquab: number | undefined;
  readonly pointing: number | undefined;
  readonly energy: number | undefined;
  readonly maxBoxAcc: MaxBoxAccSummary;
}

/** Sums up lines, of one run or of several. */
export function metricsOf(lines: readonly ResultLine[]): Metrics {
  const good = lines.filter(isGood);
  const rows = good.flatMap(({ predicted, results }) => results.map((result) => ({ predicted, ...result })));
  const mean = (value: (row: (typeof rows)[number]) => number) =>
    rows.length > 0 ? rows.reduce((sum, row) => sum + value(row), 0) / rows.length : undefined;
  const maxBoxAcc = new MaxBoxAcc();
  for (const row of rows) maxBoxAcc.add(row.maxBoxAcc);
  return {
    explained: good.length,
    errors: lines.length - good.length,
    maps: rows.length,
    emptyMaps: rows.filter(({ box }) => box === null).length,
    meanIou: mean(({ iou }) => iou),
    boxAccuracy: mean(({ iou }) => (iou >= 0.5 ? 1 : 0)),
    top1: mean(({ iou, index, predicted }) => (iou >= 0.5 && index === predicted.index ? 1 : 0)),
    oquab: mean(({ oquab }) => oquab),
    pointing: mean(({ pointing }) => pointing),
    energy: mean(({ energy }) => energy),
    maxBoxAcc: maxBoxAcc.summary(),
  };
}

/** The metrics as lines of a table: name, value in words, meaning. */
export function metricRows(metrics: Metrics, threshold: number): [name: string, value: string, meaning: string][] {
  const { maxBoxAcc } = metrics;
  const curve = maxBoxAcc.curves.find(({ name }) => name === "largest-0.5");
  const at = curve ? ` at tau ${curve.tau.toFixed(3)}` : "";
  const box = `box at ${100 * threshold} % of the maximum`;
  return [
    ["Mean IoU", decimal(metrics.meanIou), `${box}, with the true box it fits best`],
    ["Box accuracy", percent(metrics.boxAccuracy), `${box}: IoU >= 0.5`],
    ["Top-1 localisation", percent(metrics.top1), "the same, and the class is the network's first"],
    ["MaxBoxAcc", percent(maxBoxAcc.maxBoxAcc), `best threshold${at}, largest contour, IoU >= 0.5`],
    ["MaxBoxAccV2", percent(maxBoxAcc.maxBoxAccV2), "best threshold, any contour, mean over IoU >= 0.3, 0.5, 0.7"],
    ["Pointing game", percent(metrics.pointing), "peak less than 15 pixels from a true box"],
    ["Oquab's rule", percent(metrics.oquab), "peak in a true box enlarged by 18 pixels"],
    ["Energy", percent(metrics.energy), "share of the map's mass in the true boxes"],
  ];
}

function percent(value: number | undefined): string {
  return value === undefined ? "-" : `${(100 * value).toFixed(1)} %`;
}

function decimal(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(3);
}

/** A larger map is stored reduced: its picture in the report is small. */
const longestStored = 64;

export function storedMap(map: FloatMap): StoredMap {
  const factor = Math.min(1, longestStored / Math.max(map.width, map.height));
  const [width, height] = [map.width, map.height].map((side) => Math.max(1, Math.round(side * factor)));
  const small = factor < 1 ? resizeMap(map, { width: width ?? 1, height: height ?? 1, method: "half-pixel" }) : map;
  const { min, max } = normalizeMap(small, { by: "range" });
  const span = max - min || 1;
  const levels = Array.from(small.data, (value) => String.fromCharCode(Math.round((255 * (value - min)) / span)));
  return { width: small.width, height: small.height, min, max, levels: btoa(levels.join("")) };
}

export function restoredMap({ width, height, min, max, levels }: StoredMap): FloatMap {
  const data = Float32Array.from(atob(levels), (letter) => min + ((max - min) * letter.charCodeAt(0)) / 255);
  return { width, height, data };
}
