import { ShapeError, UnsupportedLayerError, WeightsFormatError } from "../errors.ts";
import { arrange } from "./arrange.ts";
import type { GraphConfig, GraphLayer, ModelConfig, Ref } from "./config.ts";
import { buildCustom, type CustomLayers, findCustom } from "./custom-layer.ts";
import { channelsFirstInputs } from "./input-layout.ts";
import { type BuiltLayer, type LayerShape, showLayerShape, type WeightSpec } from "./layer.ts";
import { LayerConfig } from "./layer-config.ts";
import { layerClass } from "./layers/table.ts";
import { type Arranged, type Layout, shapeIn } from "./layout.ts";
import { buildOperation } from "./operations/table.ts";
import { type JsonObject, showJson } from "./untrusted.ts";

/** One layer of a model, as its user sees it. */
export interface Layer {
  readonly name: string;
  readonly className: string;
  /** Keras' options. */
  readonly config: JsonObject;
  /** Of the layer's first call, batch first; null where the extent is open. Images are [n, h, w, c] always. */
  readonly outputShape: LayerShape;
  /** Whether that output is an image that the model itself holds as [n, c, h, w]. */
  readonly channelsFirst: boolean;
  /** In Keras' order; `trainable` is false for all of a frozen layer. */
  readonly weights: readonly WeightSpec[];
  /** Names of the layers that it is called on, over all its calls. */
  readonly inputs: readonly string[];
}

/** One call of a layer. */
export interface GraphNode {
  readonly layer: Layer;
  readonly built: BuiltLayer;
  /** How the output is stored. */
  readonly layout: Layout;
  readonly inputs: readonly GraphNode[];
  /** The layer's name; for the second call of a shared layer `name#1`, and so on. */
  readonly label: string;
}

export interface Graph {
  /** In the config's order, which is Keras'. */
  readonly layers: readonly Layer[];
  /** In an order in which they can be computed: the config's, wherever that is possible. */
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly GraphNode[];
  readonly outputs: readonly GraphNode[];
}

const mostElements = 2 ** 32;

/** Infers every shape and lists every weight.
 * @throws WeightsFormatError, UnsupportedLayerError, ShapeError as the layers' `build` does */
export function buildGraph(config: ModelConfig, custom: CustomLayers = {}): Graph {
  const nodes = new Map<string, GraphNode>();
  const layers = new Map<string, Layer>();
  const images = channelsFirstInputs(config);
  for (const { layer, call } of inOrder(config)) {
    const inputs = (layer.calls[call] ?? []).map((ref) => nodes.get(keyOf(ref))).filter((node) => node !== undefined);
    const given = arrangeCall(layer, inputs, { kerasMajor: config.kerasMajor, custom });
    checkTold(layer, given, config.toldShapes.get(layer.config));
    const arranged = images.has(layer.name) ? asImageInput(given) : given;
    const known = layers.get(layer.name) ?? describe(layer, arranged);
    checkShared(known, arranged.built);
    layers.set(layer.name, known);
    const label = call === 0 ? layer.name : `${layer.name}#${call}`;
    nodes.set(keyOf({ layer: layer.name, call }), { layer: known, ...arranged, inputs, label });
  }
  const find = (ref: Ref) => nodes.get(keyOf(ref));
  const present = <T>(list: readonly (T | undefined)[]) => list.filter((one) => one !== undefined);
  return {
    layers: present(config.layers.map((layer) => layers.get(layer.name))),
    nodes: [...nodes.values()],
    inputs: present(config.inputs.map((layer) => find({ layer, call: 0 }))),
    outputs: present(config.outputs.map(find)),
  };
}

function keyOf({ layer, call }: Ref): string {
  return `${call} ${layer}`;
}

interface Call {
  readonly layer: GraphLayer;
  readonly call: number;
}

/** All calls, each after what it needs: the config's order, with what is needed earlier drawn to the front. */
function inOrder(config: GraphConfig): Call[] {
  const byName = new Map(config.layers.map((layer) => [layer.name, layer]));
  const state = new Map<string, "open" | "done">();
  const order: Call[] = [];
  const roots = config.layers.flatMap((layer) => layer.calls.map((_, call) => ({ layer, call })));
  const stack = roots.toReversed();
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const key = keyOf({ layer: top.layer.name, call: top.call });
    if (state.get(key) === "done") {
      stack.pop();
      continue;
    }
    const missing = (top.layer.calls[top.call] ?? []).filter((ref) => state.get(keyOf(ref)) !== "done");
    if (missing.length === 0) {
      state.set(key, "done");
      order.push(top);
      stack.pop();
      continue;
    }
    state.set(key, "open");
    for (const ref of missing.toReversed()) {
      const layer = byName.get(ref.layer);
      if (!layer || state.get(keyOf(ref)) === "open") throw circle(state);
      stack.push({ layer, call: ref.call });
    }
  }
  return order;
}

function circle(state: ReadonlyMap<string, "open" | "done">): WeightsFormatError {
  const open = [...state].filter(([, how]) => how === "open").map(([key]) => `"${key.slice(key.indexOf(" ") + 1)}"`);
  return new WeightsFormatError(
    `model config: the layers ${open.slice(0, 5).join(", ")} wait for each other in a circle`,
  );
}

interface Around {
  readonly kerasMajor: number;
  readonly custom: CustomLayers;
}

function arrangeCall(layer: GraphLayer, nodes: readonly GraphNode[], { kerasMajor, custom }: Around): Arranged {
  const inputs = nodes.map(({ built, layout }) => ({ shape: built.outputShape, layout }));
  const about = { layer: layer.name, path: layer.path, kerasMajor };
  const own = findCustom(custom, layer);
  return arrange({
    // whatever Keras may have of that name, a custom layer sees Keras' order of axes
    layer: own ? { ...layer, className: `custom ${layer.className}`, operation: undefined } : layer,
    inputs,
    build: (className, config, shapes) => {
      const options = new LayerConfig(config, { ...about, className });
      if (own) return checkSizes(options, buildCustom(own, options, shapes));
      const { operation } = layer;
      return checkSizes(options, operation ? buildOperation(operation, layer.name, shapes) : build(options, shapes));
    },
  });
}

/** Keras 1's Deconvolution2D was told its output's shape; no later layer computes another one than its own. */
function checkTold(layer: GraphLayer, { built, layout }: Arranged, told: readonly unknown[] | undefined): void {
  const shape = shapeIn("keras", { shape: built.outputShape, layout });
  const differs = (extent: number | null, i: number) => i > 0 && extent !== null && told?.[i] !== extent;
  if (told && (told.length !== shape.length || shape.some(differs)))
    throw new UnsupportedLayerError(
      `model config: ${layer.path}: "${layer.name}" says its output is ${showJson(told)}, but its options give ` +
        `${showLayerShape(shape)}; an output_shape other than that is not supported.`,
    );
}

/** An input layer whose images are [n, c, h, w] in the model takes them as [n, h, w, c]. */
function asImageInput({ built }: Arranged): Arranged {
  const outputShape = shapeIn("channels-first", { shape: built.outputShape, layout: "keras" });
  return { built: { ...built, outputShape }, layout: "channels-first" };
}

function build(options: LayerConfig, shapes: readonly LayerShape[]): BuiltLayer {
  const built = layerClass(options.className, options.layer).build(options, shapes);
  options.finish();
  return built;
}

function checkSizes(options: LayerConfig, built: BuiltLayer): BuiltLayer {
  const sizes: readonly (readonly [string, LayerShape])[] = [
    ["its output", built.outputShape],
    ...built.weights.map((weight) => [`weight ${weight.name}`, weight.shape] as const),
  ];
  for (const [what, shape] of sizes)
    if (shape.reduce<number>((all, extent) => all * (extent ?? 1), 1) > mostElements)
      throw new WeightsFormatError(
        `model config: ${options.title}: ${what} would be ${showLayerShape(shape)}, over ${mostElements} elements`,
      );
  return built;
}

function describe(layer: GraphLayer, { built, layout }: Arranged): Layer {
  const { name, className, config } = layer;
  const frozen = config.trainable === false;
  return {
    name,
    className,
    config,
    outputShape: built.outputShape,
    channelsFirst: layout === "channels-first",
    weights: built.weights.map((weight) => (frozen ? { ...weight, trainable: false } : weight)),
    inputs: layer.calls.flatMap((call) => call.map((ref) => ref.layer)),
  };
}

/** All calls of a layer use one set of weights, so they must want the same shapes. */
function checkShared(layer: Layer, built: BuiltLayer): void {
  const same = built.weights.every((weight, i) => String(weight.shape) === String(layer.weights[i]?.shape));
  if (!same || built.weights.length !== layer.weights.length)
    throw new ShapeError(`layer "${layer.name}" is called on inputs whose weights would have different shapes`);
}
