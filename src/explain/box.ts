import { ShapeError } from "../errors.ts";
import type { Box, FloatMap } from "../image/types.ts";

/** The box of a class activation map: threshold at a share of the maximum, largest 4-connected component, its bounds.
 * @param map       values >= 0, at the resolution of the picture
 * @param threshold share of the maximum, 0 to below 1: 0.2 in the CAM paper (Zhou et al. 2016, section 3.2), 0.15 in
 *                  Grad-CAM's (Selvaraju et al. 2017, section 4.1)
 * @returns undefined where the map has no positive value
 * @throws  ShapeError for another threshold */
export function boxOf(map: FloatMap, threshold = 0.2): Box | undefined {
  if (!(threshold >= 0 && threshold < 1))
    throw new ShapeError(`box: threshold ${threshold} must be at least 0 and below 1`);
  const most = map.data.reduce((a, b) => Math.max(a, b), 0);
  if (!(most > 0)) return undefined;
  const above = map.data.map((value) => (value > 0 && value >= threshold * most ? 1 : 0));
  let best: (Box & { readonly area: number }) | undefined;
  for (let start = 0; start < above.length; start++) {
    if (!above[start]) continue;
    const found = component(above, map.width, start);
    if (!best || found.area > best.area) best = found;
  }
  if (!best) return undefined;
  const { x0, y0, x1, y1 } = best;
  return { x0, y0, x1, y1 };
}

/** Clears the component that holds `start` and measures it. */
function component(above: Float32Array, width: number, start: number): Box & { readonly area: number } {
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
