import { ShapeError } from "../../errors.ts";
import type { Box, FloatMap } from "../../image/types.ts";

/** A connected region of a map: its bounds and its size. */
export interface Region extends Box {
  /** Pixels that belong to it. */
  readonly area: number;
}

/** What counts as a region. */
export interface BoxesOptions {
  /** Share of the map's maximum, 0 to below 1: 0.2 (default) in the CAM paper (Zhou et al. 2016, section 3.2), 0.15 in
   * Grad-CAM's (Selvaraju et al. 2017, section 4.1). */
  readonly threshold?: number | undefined;
  /** All regions (default), or only the largest. */
  readonly all?: boolean | undefined;
}

/** The boxes of a class activation map: what reaches a share of the maximum, in 4-connected components.
 * @param map values >= 0, at the resolution of the picture
 * @returns   the largest first, of equal ones the upper first; empty where the map has no positive value
 * @throws    ShapeError for a threshold that is not at least 0 and below 1 */
export function boxesOf(map: FloatMap, { threshold = 0.2, all = true }: BoxesOptions = {}): Region[] {
  if (!(threshold >= 0 && threshold < 1))
    throw new ShapeError(`box: threshold ${threshold} must be at least 0 and below 1`);
  const most = map.data.reduce((a, b) => Math.max(a, b), 0);
  if (!(most > 0)) return [];
  const above = Uint8Array.from(map.data, (value) => (value > 0 && value >= threshold * most ? 1 : 0));
  const regions: Region[] = [];
  for (let start = 0; start < above.length; start++) if (above[start]) regions.push(component(above, map.width, start));
  regions.sort((a, b) => b.area - a.area); // a stable sort: equal ones stay in the order of their first pixels
  return all ? regions : regions.slice(0, 1);
}

/** The bounds of the largest region at or above a share of the map's maximum, as `boxesOf`.
 * @returns undefined where the map has no positive value
 * @throws  ShapeError for a threshold that is not at least 0 and below 1 */
export function boxOf(map: FloatMap, threshold = 0.2): Box | undefined {
  const [largest] = boxesOf(map, { threshold, all: false });
  if (!largest) return undefined;
  const { x0, y0, x1, y1 } = largest;
  return { x0, y0, x1, y1 };
}

/** Clears the component that holds `start` and measures it. */
function component(above: Uint8Array, width: number, start: number): Region {
  const open = [start];
  above[start] = 0;
  let [x0, y0, x1, y1, area] = [width, Number.POSITIVE_INFINITY, -1, -1, 0];
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const x = i % width;
    const y = Math.floor(i / width);
    [x0, y0, x1, y1, area] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y), area + 1];
    const neighbours = [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width];
    for (const next of neighbours) {
      if (next < 0 || !above[next]) continue;
      above[next] = 0;
      open.push(next);
    }
  }
  return { x0, y0, x1, y1, area };
}
