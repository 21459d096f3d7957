import { reshape } from "../../autograd/ops/layout.ts";
import { permute } from "../../autograd/ops/permute.ts";
import { ShapeError } from "../../errors.ts";
import { type LayerShape, type Step, showLayerShape } from "../layer.ts";
import type { LayerConfig } from "../layer-config.ts";

/** The axes that an option names, ascending, batch excluded: Keras writes -1, 3, [3] or [1, 2].
 * @param rank number of axes of the layer's input, the batch's included */
export function readAxes(config: LayerConfig, rank: number): number[] {
  const value = config.raw("axis") ?? -1;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const axes = list.map((axis) => (typeof axis === "number" && axis < 0 ? axis + rank : axis));
  const inside = (axis: unknown): axis is number =>
    typeof axis === "number" && Number.isInteger(axis) && axis > 0 && axis < rank;
  if (!axes.every(inside) || axes.length === 0 || axes.some((axis, i) => i > 0 && axis <= (axes[i - 1] ?? rank)))
    config.refuse(
      "axis",
      value,
      `one axis or several in ascending order, of a shape of ${rank} axes and not the batch's,`,
    );
  return axes;
}

/** Extents along the axes, which must be known. */
export function extentsAlong(shape: LayerShape, axes: readonly number[], title: string): number[] {
  return axes.map((axis) => {
    const extent = shape[axis];
    if (extent === null || extent === undefined)
      throw new ShapeError(
        `${title}: its input is ${showLayerShape(shape)}; the extent along axis ${axis} must be known. ` +
          "Give the model's input layer a fixed height and width.",
      );
    return extent;
  });
}

/** A step that works on the last axes, brought to work on others: they are moved to the end and back again. */
export function onLastAxes(axes: readonly number[], rank: number, step: Step): Step[] {
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  if (order.every((axis, i) => axis === i)) return [step];
  const back = order.map((_, axis) => order.indexOf(axis));
  return [{ op: "permute", run: (x) => permute(x, order) }, step, { op: "permute", run: (x) => permute(x, back) }];
}

/** A step on [rows, n], n being the extent of the last `count` axes together. */
export function onRows(count: number, step: Step): Step {
  const run: Step["run"] = (x) => {
    const kept = x.shape.slice(x.shape.length - count).reduce((all, extent) => all * extent, 1);
    return reshape(step.run(reshape(x, [x.size / Math.max(1, kept), kept])), x.shape);
  };
  return count === 1 ? step : { op: step.op, run };
}
