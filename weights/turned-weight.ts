import type { StoredWeight } from "./model-file.ts";
import { elementCount } from "./number-format.ts";

/** How a stored array becomes the one that is wanted. */
export interface Turning {
  /** Axis i of the result is axis order[i] of what is stored. */
  readonly order: readonly number[];
  /** So many first axes of the result are read backwards. */
  readonly flip: number;
  /** Of the result, which may have fewer axes of extent 1 than `order` names. */
  readonly shape: readonly number[];
}

/** A stored weight whose values come in another order of axes, or backwards along some. It is read as a whole, once for
 * all its pieces while they are asked for from the first to the last. */
export function turned(weight: StoredWeight, turning: Turning): StoredWeight {
  const { layer, name, dtype, sizeBytes } = weight;
  const { shape } = turning;
  const rowElements = elementCount(shape.slice(1));
  let kept: Float32Array | undefined;
  const read = () => turnValues(weight.read(), weight.shape, turning);
  return {
    layer,
    name,
    dtype,
    sizeBytes,
    shape,
    read,
    readRows(start, count) {
      const values = kept ?? read();
      kept = start + count < (shape[0] ?? 1) ? values : undefined;
      return values.slice(start * rowElements, (start + count) * rowElements);
    },
  };
}

function turnValues(values: Float32Array, stored: readonly number[], { order, flip }: Turning): Float32Array {
  const strides = stored.map((_, axis) => elementCount(stored.slice(axis + 1)));
  const extents = order.map((axis) => stored[axis] ?? 1);
  const steps = order.map((axis, i) => (i < flip ? -1 : 1) * (strides[axis] ?? 1));
  let at = extents.reduce((sum, extent, i) => sum + (i < flip ? (extent - 1) * (strides[order[i] ?? 0] ?? 1) : 0), 0);
  const result = new Float32Array(values.length);
  const index = extents.map(() => 0);
  for (let i = 0; i < result.length; i++) {
    result[i] = values[at] ?? Number.NaN;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const [step = 0, extent = 1, place = 0] = [steps[axis], extents[axis], index[axis]];
      if (place + 1 < extent) {
        index[axis] = place + 1;
        at += step;
        break;
      }
      index[axis] = 0;
      at -= step * place;
    }
  }
  return result;
}
