import { ShapeError } from "../../errors.ts";
import { axisOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { shown } from "../op.ts";
import { sigmoid } from "./activations.ts";
import { mul } from "./arithmetic.ts";
import { slice } from "./permute.ts";

/** Gated linear unit: the first half of x along an axis (the last unless given), times the sigmoid of the second.
 * @returns x's shape, half as long along that axis
 * @throws  ShapeError unless the axis has an even number of elements
 * @see     Dauphin et al. 2017, "Language modeling with gated convolutional networks" */
export function glu(x: Tensor, options: { axis?: number } = {}): Tensor {
  const axis = axisOf(options.axis ?? -1, x.shape.length, "glu");
  const extent = x.shape[axis] ?? 0;
  if (extent % 2 !== 0) throw new ShapeError(`glu: axis ${axis} of ${shown("x", x)} is odd; it is cut into halves`);
  const half = (first: number) =>
    slice(x, {
      begin: x.shape.map((_, i) => (i === axis ? first : 0)),
      end: x.shape.map((size, i) => (i === axis ? first + extent / 2 : size)),
    });
  return x.engine.scope(() => mul(half(0), sigmoid(half(extent / 2))));
}
