import { ShapeError, UnsupportedLayerError, WeightsFormatError } from "../errors.ts";
import type { GraphConfig, GraphLayer, Ref } from "./config.ts";
import { type BuiltLayer, type LayerShape, showLayerShape, type WeightSpec } from "./layer.ts";
import { LayerConfig } from "./layer-config.ts";
import { layerClass } from "./layers/table.ts";
import type { JsonObject } from "./untrusted.ts";

/** One layer of a model, as its user sees it. */
export interface Layer {
  readonly name: string;
  readonly className: string;
  /** Keras' options. */
  readonly config: JsonObject;
  /** Of the layer's first call, batch first; null where the extent is open. */
  readonly outputShape: LayerShape;
  /** In Keras' order; `trainable` is false for all of a frozen layer. */
  readonly weights: readonly WeightSpec[];
  /** Names of the layers that it is called on, over all its calls. */
  readonly inputs: readonly string[];
}

/** One call of a layer. */
export interface GraphNode {
  readonly layer: Layer;
  readonly built: BuiltLayer;
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
export function buildGraph(config: GraphConfig): Graph {
  const nodes = new Map<string, GraphNode>();
  const layers = new Map<string, Layer>();
  for (const { layer, call } of inOrder(config)) {
    const inputs = (layer.calls[call] ?? []).map((ref) => nodes.get(keyOf(ref))).filter((node) => node !== undefined);
    const built = build(layer, inputs);
    const known = layers.get(layer.name) ?? describe(layer, built);
    checkShared(known, built);
    layers.set(layer.name, known);
    const label = call === 0 ? layer.name : `${layer.name}#${call}`;
    nodes.set(keyOf({ layer: layer.name, call }), { layer: known, built, inputs, label });
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

function build(layer: GraphLayer, inputs: readonly GraphNode[]): BuiltLayer {
  const { name, className, path } = layer;
  const options = new LayerConfig(layer.config, { layer: name, className, path });
  const shapes = inputs.map((node) => node.built.outputShape);
  const built = layerClass(className, name).build(options, shapes);
  options.finish();
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

function describe(layer: GraphLayer, built: BuiltLayer): Layer {
  const { name, className, config } = layer;
  const frozen = config.trainable === false;
  return {
    name,
    className,
    config,
    outputShape: built.outputShape,
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

/** @throws UnsupportedLayerError unless there is one input and at least one output */
export function singleInput(graph: Graph, name: string): GraphNode {
  const [input, ...more] = graph.inputs;
  if (input && more.length === 0) return input;
  const names = graph.inputs.map((node) => node.label).join(", ");
  throw new UnsupportedLayerError(`model "${name}" has ${graph.inputs.length} inputs (${names}); one is supported.`);
}
