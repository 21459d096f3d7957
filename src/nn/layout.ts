import { permute } from "../autograd/ops/permute.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type BuiltLayer, type LayerShape, labelled } from "./layer.ts";

/** How a tensor is stored: in the order of axes that Keras gives it, or, where Keras has [n, c, h, w], as [n, h, w, c],
 * the one order that the kernels know. */
export type Layout = "keras" | "channels-first";

/** A shape or a tensor's shape, with its layout. */
export interface Placed {
  readonly shape: LayerShape;
  readonly layout: Layout;
}

/** A built layer and how its output is stored. */
export interface Arranged {
  readonly built: BuiltLayer;
  readonly layout: Layout;
}

/** From what is stored to Keras' [n, c, h, w], and back: axis i of the result is axis order[i] of what is given. */
const toChannelsFirst = [0, 3, 1, 2];
const toChannelsLast = [0, 2, 3, 1];

/** The axes in another order. */
export function ordered<T>(list: readonly T[], order: readonly number[]): T[] {
  return order.flatMap((axis) => list.slice(axis, axis + 1));
}

/** The order that brings what is stored in one layout into the other; undefined where nothing is to be done. */
function orderBetween(from: Layout, to: Layout, rank: number): readonly number[] | undefined {
  if (from === to || rank !== 4) return undefined;
  return to === "keras" ? toChannelsFirst : toChannelsLast;
}

/** The shape that something has in another layout. */
export function shapeIn(layout: Layout, { shape, layout: from }: Placed): LayerShape {
  const order = orderBetween(from, layout, shape.length);
  return order ? ordered(shape, order) : shape;
}

/** The axis of what is stored behind an axis of Keras' [n, c, h, w]. */
export function storedAxis(axis: number): number {
  const counted = axis < 0 ? axis + 4 : axis;
  return toChannelsFirst[counted] ?? counted;
}

/** A layer that wants all its inputs in one layout, made to take them as they are stored. */
export function takingInputs(built: BuiltLayer, inputs: readonly Placed[], wanted: Layout): BuiltLayer {
  const orders = inputs.map(({ shape, layout }) => orderBetween(layout, wanted, shape.length));
  if (orders.every((order) => order === undefined)) return built;
  const op = wanted === "keras" ? "to_channels_first" : "to_channels_last";
  return {
    ...built,
    call(given, weights, label, training) {
      const turned = given.map((x, i) => turn(x, orders[i], `${label}/${op}`));
      return built.call(turned, weights, label, training);
    },
  };
}

/** A layer whose one input and output are brought into other orders of axes before and after it. */
export function between(
  built: BuiltLayer,
  orders: { readonly before?: readonly number[]; readonly after?: readonly number[] },
): BuiltLayer {
  const { before, after } = orders;
  return {
    ...built,
    outputShape: after ? ordered(built.outputShape, after) : built.outputShape,
    call(inputs, weights, label, training) {
      const name = before === toChannelsFirst ? "to_channels_first" : "to_channels_last";
      const turned = inputs.map((x) => turn(x, before, `${label}/${name}`));
      const y = built.call(turned, weights, after ? `${label}/inner` : label, training);
      return after ? turn(y, after, label) : y;
    },
  };
}

/** A layer that sees Keras' [n, c, h, w], for an image that is stored and stays stored as [n, h, w, c]. */
export function seeingKerasOrder(built: BuiltLayer): BuiltLayer {
  return between(built, { before: toChannelsFirst, after: toChannelsLast });
}

/** A tensor with its axes in another order, recorded under a label; itself where no order is given. */
export function turn(x: Tensor, order: readonly number[] | undefined, label: string): Tensor {
  return order ? labelled(x.engine, label, () => permute(x, order)) : x;
}
