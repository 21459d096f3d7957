// What bench/localisation.ts measures of maps, and how it prints that.
import {
  type Box,
  boxesOf,
  energyPointing,
  type FloatMap,
  iou,
  type LocalisationSample,
  MaxBoxAcc,
  MeanMetric,
  meanIou,
  pointingGame,
  resizeMap,
  type ShapesObject,
} from "../src/index.ts";
import type { BenchHost } from "./host.ts";

export const size = { width: 64, height: 64 };

export type Row = Readonly<Record<string, number | undefined>>;

/** How well maps find whole objects, and how much of them lies on the part that tells the class. */
export class Score {
  readonly #best = new MaxBoxAcc();
  readonly #object = { IoU: meanIou(), covered: new MeanMetric("share of the true box", covered) };
  readonly #part = { "mass in part": energyPointing(), "peak in part": pointingGame({ tolerance: 0 }) };
  readonly #focus = new MeanMetric("share of the object's mass on its part", focus);

  update(map: FloatMap | undefined, { box, partBox }: ShapesObject): void {
    if (!map) throw new RangeError("a map is missing");
    const sample = { map, size, boxes: [box] };
    this.#best.update(sample);
    for (const metric of Object.values(this.#object)) metric.update(sample);
    for (const metric of Object.values(this.#part)) metric.update({ ...sample, boxes: [partBox] });
    this.#focus.update({ ...sample, boxes: [partBox, box] });
  }

  row(): Row {
    const { maxBoxAcc, maxBoxAccV2, curves } = this.#best.summary();
    const metrics = Object.entries({ ...this.#object, ...this.#part, focus: this.#focus });
    const means = metrics.map(([name, metric]) => [name, metric.summary().mean]);
    return { MaxBoxAcc: maxBoxAcc, tau: curves[0]?.tau, V2: maxBoxAccV2, ...Object.fromEntries(means) };
  }
}

/** Share of the true box that is in the map's box at a fifth of its maximum. */
function covered({ map, boxes }: LocalisationSample): number {
  const [truth] = boxes;
  const positive = { ...map, data: map.data.map((value) => Math.max(0, value)) };
  const [found] = boxesOf(resizeMap(positive, { ...size, method: "half-pixel" }), { all: false });
  if (!truth || !found) return 0;
  const { x0, y0, x1, y1 } = found;
  const common = {
    x0: Math.max(x0, truth.x0),
    y0: Math.max(y0, truth.y0),
    x1: Math.min(x1, truth.x1),
    y1: Math.min(y1, truth.y1),
  };
  // what both have in common lies in the true box: their IoU is its share
  return common.x0 > common.x1 || common.y0 > common.y1 ? 0 : iou(common, truth);
}

/** Of the mass that lies on the object, the share on the part that tells its class: background counts neither way. */
function focus({ map, boxes: [part, object] }: LocalisationSample): number {
  if (!part || !object) throw new RangeError("a box is missing");
  const { data } = resizeMap(map, { ...size, method: "half-pixel" });
  const massIn = ({ x0, y0, x1, y1 }: Box) => {
    let mass = 0;
    for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) mass += Math.max(0, data[y * size.width + x] ?? 0);
    return mass;
  };
  const all = massIn(object);
  return all > 0 ? massIn(part) / all : 0;
}

/** The rows of all seeds, by what they are of. */
export class Table {
  readonly #rows = new Map<string, Row[]>();
  readonly #host: BenchHost;

  constructor(host: BenchHost) {
    this.#host = host;
  }

  add(name: string, { seed, row }: { seed: number; row: Row }): void {
    this.#rows.set(name, [...(this.#rows.get(name) ?? []), row]);
    this.#print(`${name}, seed ${seed}`, row);
  }

  printMeans(): void {
    for (const [name, list] of this.#rows) {
      const columns = Object.keys(list[0] ?? {});
      const mean = (column: string) => list.reduce((sum, row) => sum + (row[column] ?? 0), 0) / list.length;
      this.#print(`${name}, mean of ${list.length}`, Object.fromEntries(columns.map((name) => [name, mean(name)])));
    }
  }

  #print(title: string, row: Row): void {
    const cells = Object.entries(row).map(([what, value]) => `${what} ${value === undefined ? "-" : value.toFixed(3)}`);
    this.#host.print(`${title.padEnd(20)} ${cells.join("  ")}`);
  }
}
