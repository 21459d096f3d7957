import type { GraphLayer } from "./config.ts";
import { type BuiltLayer, chain, type LayerShape, only, weight } from "./layer.ts";
import { kindOf } from "./layer-kinds.ts";
import { identityStep } from "./layers/identity.ts";
import {
  type Arranged,
  between,
  type Layout,
  ordered,
  type Placed,
  seeingKerasOrder,
  shapeIn,
  storedAxis,
  takingInputs,
  turn,
} from "./layout.ts";
import { isObject, type JsonObject, property, textOf } from "./untrusted.ts";

/** One call of a layer, before it is built. */
export interface LayerCall {
  readonly layer: GraphLayer;
  readonly inputs: readonly Placed[];
  /** Builds a layer of that class with these options for these shapes. */
  readonly build: (className: string, config: JsonObject, shapes: readonly LayerShape[]) => BuiltLayer;
}

/** Builds a layer so that images are stored channels last, whatever order of axes the model was written for: the
 * options are turned into those of [n, h, w, c], and axes change places only where the layer really sees their order. */
export function arrange(call: LayerCall): Arranged {
  const { config } = call.layer;
  switch (kindOf(call.layer)) {
    case "image":
      return arrangeImage(call);
    case "row":
      return isChannelsFirst(config) ? arrangeRow(call) : plain(call);
    case "axis":
      return arrangeAxis(call);
    case "elementwise":
      return arrangeElementwise(call);
    case "PReLU":
      return arrangePrelu(call);
    case "Flatten":
      return arrangeFlatten(call);
    case "Permute":
      return arrangePermute(call);
    default:
      return plain(call);
  }
}

export function isChannelsFirst(config: JsonObject): boolean {
  return property(config, "data_format") === "channels_first";
}

/** As Keras has it: all inputs and the output in its order of axes. */
function plain({ layer, inputs, build }: LayerCall): Arranged {
  const shapes = inputs.map((input) => shapeIn("keras", input));
  return { built: takingInputs(build(layer.className, layer.config, shapes), inputs, "keras"), layout: "keras" };
}

function channelsLast(config: JsonObject): JsonObject {
  return { ...config, data_format: "channels_last" };
}

/** Convolutions, pools and whatever else has a data format. */
function arrangeImage(call: LayerCall): Arranged {
  const { layer, inputs, build } = call;
  if (!isChannelsFirst(layer.config)) return plain(call);
  const shapes = inputs.map((input) => shapeIn("channels-first", input));
  const { options, activation } = activationApart(layer.config);
  const image = build(layer.className, channelsLast(options), shapes);
  const built = takingInputs(image, inputs, "channels-first");
  const layout: Layout = built.outputShape.length === 4 ? "channels-first" : "keras";
  if (activation === undefined) return { built, layout };
  const keras = shapeIn("keras", { shape: built.outputShape, layout });
  const after = build("Activation", { activation }, [keras]);
  const outputShape = shapeIn(layout, { shape: after.outputShape, layout: "keras" });
  return { built: { ...followedBy(built, seeingKerasOrder(after)), outputShape }, layout };
}

/** The options of a layer without its activation, where that works along an axis and so must see Keras' order. */
function activationApart(config: JsonObject): { options: JsonObject; activation?: unknown } {
  const activation = property(config, "activation");
  return seesAxes(activation) ? { options: { ...config, activation: "linear" }, activation } : { options: config };
}

function followedBy(first: BuiltLayer, second: BuiltLayer): BuiltLayer {
  return {
    ...first,
    call: (inputs, weights, label, training) =>
      second.call([first.call(inputs, weights, `${label}/linear`, training)], {}, label, training),
  };
}

const alongAnAxis = /softmax|^sparsemax$|^glu$/i;

/** Whether an activation works along an axis, in Keras the last: not the channels of [n, c, h, w]. It is a name, or an
 * object around one, or an Activation layer around that. */
function seesAxes(activation: unknown, depth = 0): boolean {
  if (typeof activation === "string") return alongAnAxis.test(activation);
  if (!isObject(activation) || depth > 2) return false;
  return ["class_name", "config", "activation"].some((key) => seesAxes(property(activation, key), depth + 1));
}

/** [n, c, length] -> [n, length, c] and back. */
const rowOrder = [0, 2, 1];

function arrangeRow({ layer, inputs, build }: LayerCall): Arranged {
  const shapes = inputs.map(({ shape }) => (shape.length === 3 ? ordered(shape, rowOrder) : shape));
  const { options, activation } = activationApart(layer.config);
  const rows = build(layer.className, channelsLast(options), shapes);
  const after = rows.outputShape.length === 3 ? { after: rowOrder } : {};
  const built = between(rows, { before: rowOrder, ...after });
  if (activation === undefined) return { built, layout: "keras" };
  const activated = build("Activation", { activation }, [built.outputShape]);
  return { built: { ...followedBy(built, activated), outputShape: activated.outputShape }, layout: "keras" };
}

const isImage = ({ layout }: Placed) => layout === "channels-first";

/** All inputs as [n, h, w, c] where one of them is stored so; undefined where none is, or they differ in rank. */
function asImages(inputs: readonly Placed[]): LayerShape[] | undefined {
  if (!inputs.some(isImage) || inputs.some(({ shape }) => shape.length !== 4)) return undefined;
  return inputs.map((input) => shapeIn("channels-first", input));
}

/** Layers with an option `axis`. */
function arrangeAxis(call: LayerCall): Arranged {
  const { layer, inputs, build } = call;
  const shapes = asImages(inputs);
  if (!shapes) return plain(call);
  const axis = mappedAxes(layer.config);
  if (axis === undefined) return inKerasOrder(call);
  const built = build(layer.className, { ...layer.config, axis }, shapes);
  return { built: takingInputs(built, inputs, "channels-first"), layout: "channels-first" };
}

/** The option `axis` for [n, h, w, c]; undefined where the axes would come in another order, and weights with them. */
function mappedAxes(config: JsonObject): unknown {
  const value = property(config, "axis") === undefined ? -1 : property(config, "axis");
  if (typeof value === "number") return storedAxis(value);
  if (!Array.isArray(value) || !value.every((axis) => typeof axis === "number")) return value;
  const axes = value.map(storedAxis);
  return axes.every((axis, i) => i === 0 || axis > (axes[i - 1] ?? 0)) ? axes : undefined;
}

/** A layer of one image that keeps its shape, made to see Keras' order. */
function inKerasOrder({ layer, inputs, build }: LayerCall): Arranged {
  const shapes = inputs.map((input) => shapeIn("keras", input));
  const built = build(layer.className, layer.config, shapes);
  const stored = shapeIn("channels-first", { shape: built.outputShape, layout: "keras" });
  return { built: { ...seeingKerasOrder(built), outputShape: stored }, layout: "channels-first" };
}

/** Layers that treat every element alike, of one input or of several. */
function arrangeElementwise(call: LayerCall): Arranged {
  const { layer, inputs, build } = call;
  const shapes = asImages(inputs);
  if (!shapes) return plain(call);
  // lists, or arrays as Keras 3 writes them, lie along Keras' last axis
  const sees = ["scale", "offset"].some((key) => typeof (property(layer.config, key) ?? 0) === "object");
  if (sees || seesAxes(property(layer.config, "activation"))) return inKerasOrder(call);
  const built = build(layer.className, layer.config, shapes);
  return { built: takingInputs(built, inputs, "channels-first"), layout: "channels-first" };
}

/** [c, h, w] -> [h, w, c] */
const alphaOrder = [1, 2, 0];

/** Its slopes are stored for [c, h, w]: they are turned when it runs. */
function arrangePrelu(call: LayerCall): Arranged {
  const { layer, inputs, build } = call;
  const shapes = asImages(inputs);
  if (!shapes) return plain(call);
  const shared = property(layer.config, "shared_axes");
  const list: readonly unknown[] = Array.isArray(shared) ? shared : [shared ?? []].flat();
  const axes = list.map((axis) => (typeof axis === "number" && axis > 0 ? storedAxis(axis) : axis));
  const keras = inputs.map((input) => shapeIn("keras", input));
  const { weights } = build(layer.className, layer.config, keras);
  const built = build(layer.className, { ...layer.config, shared_axes: axes }, shapes);
  const withAlpha: BuiltLayer["call"] = (given, parameters, label) => {
    const alpha = turn(weight(parameters, "alpha"), alphaOrder, `${label}/alpha`);
    return built.call(given, { ...parameters, alpha }, label);
  };
  return {
    built: takingInputs({ ...built, weights, call: withAlpha }, inputs, "channels-first"),
    layout: "channels-first",
  };
}

/** Keras flattens what is channels first as if it were channels last, if it is told so. */
function arrangeFlatten(call: LayerCall): Arranged {
  const { layer, inputs, build } = call;
  if (!isChannelsFirst(layer.config)) return plain(call);
  const options = channelsLast(layer.config);
  const [input] = inputs;
  const rank = input?.shape.length ?? 0;
  if (!input || isImage(input) || rank < 3) {
    const shapes = inputs.map(({ shape }) => shape);
    return { built: build(layer.className, options, shapes), layout: "keras" };
  }
  const order = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  const built = build(layer.className, options, [ordered(input.shape, order)]);
  return { built: between(built, { before: order }), layout: "keras" };
}

/** The two orders that only change what an image is called need no work. */
function arrangePermute(call: LayerCall): Arranged {
  const { layer, inputs, build } = call;
  const [input] = inputs;
  const dims = textOf(property(layer.config, "dims"));
  const free = input && ((isImage(input) && dims === "2,3,1") || (!isImage(input) && dims === "3,1,2"));
  if (!free || input.shape.length !== 4) return plain(call);
  const checked = build(layer.className, layer.config, [shapeIn("keras", input)]);
  const built: BuiltLayer = {
    ...checked,
    outputShape: input.shape,
    call: (given, _weights, label) => chain(only(given, label), label, [identityStep]),
  };
  return { built, layout: isImage(input) ? "keras" : "channels-first" };
}
