import { concat, flatten, reshape, zeroPad2d } from "../../autograd/ops/layout.ts";
import { permute, slice } from "../../autograd/ops/permute.ts";
import { resize2d } from "../../autograd/ops/resize.ts";
import { ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type BuiltLayer, imageShape, type LayerShape, labelled, showLayerShape } from "../layer.ts";
import { elements, joinShapes } from "../shapes.ts";
import { type OperationCall, stepsOn, type TensorOperand } from "./operation-call.ts";

/** To a shape that names the batch first, as -1 or null. */
export function reshapeTo(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const argument = call.argument(1, "newshape", "shape", "target_shape");
  const list = typeof argument === "object" && argument?.kind === "list" ? argument.items : [];
  const [batch, ...target] = list.map((item) => (item === null ? -1 : item));
  const extents = call.wholes({ kind: "list", items: target }, "shape");
  const have = elements(x.shape.slice(1));
  const given = extents.filter((extent) => extent !== -1).reduce((all, extent) => all * extent, 1);
  const open = extents.filter((extent) => extent === -1).length;
  if (batch !== -1 || open > 1 || list.length > 7 || extents.some((extent) => extent < -1 || extent === 0))
    return call.unsupported("its shape is not [-1, ...] with whole numbers behind the batch");
  const fits = open === 1 ? have === null || have % given === 0 : have === given;
  // with -1 for the batch alone, another number of elements would mean another number of pictures
  if (!fits) return call.unsupported(`it makes [-1, ${extents.join(", ")}] of ${showLayerShape(x.shape)}`);
  const outputShape = [null, ...extents.map((extent) => (extent === -1 ? have && have / given : extent))];
  return stepsOn(x, outputShape, [{ op: "reshape", run: (t) => reshape(t, [t.shape[0] ?? 1, ...extents]) }]);
}

/** `keras.backend.batch_flatten` */
export function batchFlatten(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  return stepsOn(x, [null, elements(x.shape.slice(1))], [{ op: "reshape", run: flatten }]);
}

export function transpose(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  call.expect(["conjugate"], [undefined, false], 2);
  const rank = x.shape.length;
  const order = call.wholes(call.argument(1, "perm", "axes"), "perm").map((axis) => (axis < 0 ? axis + rank : axis));
  const complete = order.length === rank && order.every((_, i) => order.includes(i));
  if (!complete || order[0] !== 0) return call.unsupported(`its order of axes is ${order.join(", ")}`);
  const outputShape = order.map((axis) => x.shape[axis] ?? null);
  return stepsOn(x, outputShape, [{ op: "permute", run: (t) => permute(t, order) }]);
}

export function expandDims(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const axes = call.wholes(call.argument(1, "axis", "dim"), "axis");
  const [axis = 0] = axes;
  const at = call.axis(axis, x.shape.length + 1);
  if (axes.length !== 1 || x.shape.length >= 7) return call.unsupported("it adds several axes, or an eighth one");
  return reshaped(x, widened(at));
}

export function squeeze(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const given = call.argument(1, "axis", "squeeze_dims");
  if (given === undefined) return call.unsupported("it does not name its axes");
  const axes = call.wholes(given, "axis").map((axis) => call.axis(axis, x.shape.length));
  if (axes.some((axis) => x.shape[axis] !== 1))
    throw new ShapeError(
      `${call.title}: ${showLayerShape(x.shape)} has more than one element along ${axes.join(", ")}`,
    );
  return reshaped(x, (extents) => extents.filter((_, i) => !axes.includes(i)));
}

/** Extents with axes of one element put in or left out. */
type Reshaping = <T>(extents: readonly T[]) => (T | number)[];

/** One more axis, of one element, at that place. */
function widened(at: number): Reshaping {
  return (extents) => [...extents.slice(0, at), 1, ...extents.slice(at)];
}

function reshaped(x: TensorOperand, shape: Reshaping): BuiltLayer {
  return stepsOn(x, shape(x.shape), [{ op: "reshape", run: (t) => reshape(t, shape(t.shape)) }]);
}

export function concatenate(call: OperationCall): BuiltLayer {
  const tensors = call.tensors();
  const rank = tensors[0]?.shape.length ?? 0;
  const axis = call.axis(call.number(["axis"], { place: 1, otherwise: -1 }), rank);
  return joined(call, tensors, { axis, given: (t) => t });
}

/** Tensors side by side along a new axis. */
export function stack(call: OperationCall): BuiltLayer {
  const tensors = call.tensors();
  const rank = tensors[0]?.shape.length ?? 0;
  const axis = call.axis(call.number(["axis"], { place: 1, otherwise: 0 }), rank + 1);
  const widen = widened(axis);
  const wide = tensors.map((operand) => ({ ...operand, shape: widen(operand.shape) }));
  return joined(call, wide, { axis, given: (t) => reshape(t, widen(t.shape)), op: "reshape" });
}

interface Joining {
  readonly axis: number;
  /** What is done to each tensor first. */
  readonly given: (t: Tensor) => Tensor;
  readonly op?: string;
}

function joined(call: OperationCall, tensors: readonly TensorOperand[], { axis, given, op }: Joining): BuiltLayer {
  const [first] = tensors;
  if (!first) return call.unsupported("it joins nothing");
  const outputShape = tensors.slice(1).reduce<LayerShape>((all, { shape }) => {
    const both = joinShapes(all, shape, axis);
    if (!both) throw new ShapeError(`${call.title}: its inputs differ outside axis ${axis}`);
    return both;
  }, first.shape);
  return {
    weights: [],
    outputShape,
    call(inputs, _weights, label) {
      const list = tensors.flatMap(({ index }) => inputs.slice(index, index + 1));
      const [x] = list;
      if (!x || list.length !== tensors.length) throw new ShapeError(`${label}: an input is missing`);
      const ready = op ? list.map((t) => labelled(t.engine, `${label}/${op}`, () => given(t))) : list;
      return labelled(x.engine, label, () => concat(ready, axis));
    },
  };
}

/** `image.resize` and Keras 3's, without antialiasing. */
export function resize(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const [, , , channels] = imageShape(x.shape, call.title);
  const [height = 0, width = 0, ...more] = call.wholes(call.argument(1, "size"), "size");
  const method = call.argument(2, "method", "interpolation") ?? "bilinear";
  for (const option of ["antialias", "preserve_aspect_ratio", "crop_to_aspect_ratio", "pad_to_aspect_ratio"])
    call.expect([option], [undefined, false]);
  call.expect(["data_format"], [undefined, "channels_last"]);
  for (const ofPadding of ["fill_mode", "fill_value"]) call.argument(undefined, ofPadding);
  const known = method === "nearest" || method === "bilinear";
  if (!known || more.length > 0 || height < 1 || width < 1)
    return call.unsupported(`it resizes to ${height} x ${width} by ${String(method)}`);
  const options = { height, width, method: method === "nearest" ? "nearest" : "half-pixel" } as const;
  return stepsOn(x, [null, height, width, channels], [{ op: "resize", run: (t) => resize2d(t, options) }]);
}

/** Zeros around height and width. */
export function pad(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const widths = call.array(1, "paddings", "pad_width");
  const mode = String(call.argument(2, "mode") ?? "constant").toLowerCase();
  call.expect(["constant_values"], [undefined, 0], 3);
  const [, height, width, channels] = imageShape(x.shape, call.title);
  const [n0, n1, top = 0, bottom = 0, left = 0, right = 0, c0, c1] = widths?.values ?? [];
  const whole = [top, bottom, left, right].every((count) => Number.isInteger(count) && count >= 0 && count < 2 ** 16);
  const others = [n0, n1, c0, c1].every((count) => count === 0);
  if (widths?.values.length !== 8 || !whole || !others || mode !== "constant")
    return call.unsupported("it is not a padding of height and width with zeros");
  const outputShape = [null, height && height + top + bottom, width && width + left + right, channels];
  const sides: Parameters<typeof zeroPad2d>[1] = [
    [top, bottom],
    [left, right],
  ];
  return stepsOn(x, outputShape, [{ op: "zero_pad", run: (t) => zeroPad2d(t, sides) }]);
}

const mostReversed = 256;

/** Axes back to front. */
export function reverse(call: OperationCall): BuiltLayer {
  const x = call.tensor();
  const axes = call.wholes(call.argument(1, "axis", "dims"), "axis").map((axis) => call.axis(axis, x.shape.length));
  return stepsOn(
    x,
    x.shape,
    axes.map((axis) => reversing(call, axis, x.shape[axis] ?? null)),
  );
}

/** One axis back to front, made of slices; meant for channels. */
export function reversing(call: OperationCall, axis: number, extent: number | null) {
  if (extent === null || extent > mostReversed)
    return call.unsupported(`it turns an axis of ${extent ?? "unknown"} elements round; at most ${mostReversed}`);
  const run = (t: Tensor) => {
    const parts = Array.from({ length: extent }, (_, i) => {
      const at = (from: number) => t.shape.map((_, k) => (k === axis ? from : 0));
      const end = t.shape.map((size, k) => (k === axis ? extent - i : size));
      return slice(t, { begin: at(extent - 1 - i), end });
    });
    return concat(parts, axis);
  };
  return { op: "concat", run };
}
