import { max, sum } from "../autograd/ops/reduce.ts";
import { ShapeError } from "../errors.ts";
import { showShape } from "../tensor/shape.ts";
import { inRange, type Target } from "./targets.ts";

/** Sum over all positions of one channel of a layer.
 * @param index of the layer's last axis, from 0 */
export function channel(layer: string, index: number): Target {
  return {
    name: `channel ${index} of ${layer}`,
    of: ({ activation }) => {
      const y = activation(layer);
      const depth = y.shape.at(-1) ?? 1;
      inRange(index, depth, { what: "channel", owner: `layer "${layer}"` });
      const data = new Float32Array(y.size);
      for (let i = index; i < data.length; i += depth) data[i] = 1;
      return { y, seed: y.engine.tensor(data, y.shape) };
    },
  };
}

/** Sum over positions of the largest channel at each: explains what a layer sees, whatever the class. */
export function maxOverChannels(layer: string): Target {
  return {
    name: `sum over positions of the largest channel of ${layer}`,
    of: ({ tape, activation }) => {
      const a = activation(layer);
      const y = tape.run(() => {
        const largest = max(a, { axes: [a.shape.length - 1] });
        return sum(largest, { axes: largest.shape.map((_, i) => i).slice(1) });
      });
      return { y, seed: y.engine.tensor(new Float32Array(y.size).fill(1), y.shape) };
    },
  };
}

/** Sum over the channels of a layer at one position.
 * @param row    from the top of the layer's maps, from 0
 * @param column from their left, from 0 */
export function spatial(layer: string, row: number, column: number): Target {
  return {
    name: `row ${row}, column ${column} of ${layer}`,
    of: ({ activation }) => {
      const y = activation(layer);
      const [n = 0, h = 0, w = 0, c = 0] = y.shape;
      const owner = `layer "${layer}"`;
      if (y.shape.length !== 4)
        throw new ShapeError(`spatial: ${owner} gives ${showShape(y.shape)}, which has no rows and columns.`);
      inRange(row, h, { what: "row", owner });
      inRange(column, w, { what: "column", owner });
      const seed = new Float32Array(y.size);
      for (let i = 0; i < n; i++) {
        const at = ((i * h + row) * w + column) * c;
        seed.fill(1, at, at + c);
      }
      return { y, seed: y.engine.tensor(seed, y.shape) };
    },
  };
}
