import { UnsupportedLayerError } from "../errors.ts";
import { asList, asName, asObject, type JsonObject, property, showJson, textOf } from "./untrusted.ts";

const classes: Readonly<Record<string, string>> = {
  sum: "Add",
  mul: "Multiply",
  ave: "Average",
  max: "Maximum",
  concat: "Concatenate",
  dot: "Dot",
};

/** Keras 1's one layer for all that combines inputs, as Keras 2's layer for that mode.
 * @throws UnsupportedLayerError for mode "cos" and for functions of one's own */
export function convertMerge(
  given: JsonObject,
  { title, path }: { title: string; path: string },
): { class_name: string; config: JsonObject } {
  const mode = property(given, "mode");
  const className = typeof mode === "string" && Object.hasOwn(classes, mode) ? classes[mode] : undefined;
  const type = property(given, "mode_type") ?? "raw";
  if (className === undefined || type !== "raw")
    throw new UnsupportedLayerError(
      `${title} (${path}): option mode = ${showJson(mode)}${type === "raw" ? "" : `, a function of type ${showJson(type)},`} ` +
        `is not supported; supported: ${Object.keys(classes).join(", ")}.`,
    );
  const config: Record<string, unknown> = {};
  for (const key of ["name", "trainable"]) if (property(given, key) !== undefined) config[key] = property(given, key);
  if (className === "Concatenate") config.axis = property(given, "concat_axis") ?? -1;
  if (className === "Dot") config.axes = dotAxes(property(given, "dot_axes") ?? -1);
  return { class_name: className, config };
}

/** 1, [1, 2] or [[1], [2]]. */
function dotAxes(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((axis: unknown) => (Array.isArray(axis) && axis.length === 1 ? (axis[0] as unknown) : axis));
}

interface Wired {
  readonly layers: JsonObject[];
  readonly inputs: string[];
  /** The layer that gives the result. */
  readonly last: string;
}

/** A Sequential whose first layer merges the results of other Sequentials, as the graph that it is.
 * @param model the Sequential as it is written otherwise */
export function unrollMergedBranches(model: JsonObject, layers: readonly JsonObject[], path: string): JsonObject {
  if (layers[0] === undefined || property(layers[0], "branches") === undefined) return model;
  const { layers: wired, inputs, last } = wire(layers, path);
  const name = property(asObject(property(model, "config"), path), "name") ?? "sequential";
  const ends = (names: readonly string[]) => names.map((layer) => [layer, 0, 0]);
  return {
    class_name: "Model",
    config: { name, layers: wired, input_layers: ends(inputs), output_layers: ends([last]) },
  };
}

function wire(layers: readonly JsonObject[], path: string): Wired {
  const result: Wired & { last: string } = { layers: [], inputs: [], last: "" };
  for (const [i, layer] of layers.entries()) {
    const { branches, ...entry } = layer;
    const config = asObject(property(entry, "config"), `${path}.config[${i}]`);
    const name = textOf(property(config, "name") ?? property(entry, "name"));
    let sources = [result.last];
    if (branches !== undefined) sources = asList(branches, path).map((branch) => add(branch, result, path));
    else if (i === 0) sources = [addInput(name, config, result)];
    result.layers.push({ ...entry, name, inbound_nodes: [sources.map((source) => [source, 0, 0])] });
    result.last = name;
  }
  return result;
}

/** Puts the layers of a branch among the others; returns the layer that gives its result. */
function add(branch: unknown, result: Wired, path: string): string {
  const model = asObject(branch, path);
  const body = asObject(property(model, "config"), path);
  const inner =
    property(model, "class_name") === "Model"
      ? wiredModel(body, path)
      : wire(
          asList(property(body, "layers"), path).map((layer) => asObject(layer, path)),
          path,
        );
  result.layers.push(...inner.layers);
  result.inputs.push(...inner.inputs);
  return inner.last;
}

/** A branch that is a graph already. */
function wiredModel(body: JsonObject, path: string): Wired {
  const names = (key: string) =>
    asList(property(body, key), `${path}.${key}`).map((end) => asName(asList(end, path)[0], `${path}.${key}`));
  const layers = asList(property(body, "layers"), path).map((layer) => asObject(layer, path));
  return { layers: [...layers], inputs: names("input_layers"), last: names("output_layers")[0] ?? "" };
}

function addInput(name: string, config: JsonObject, result: Wired): string {
  const input = `${name}_input`;
  const given = property(config, "batch_input_shape");
  const inputConfig = { name: input, batch_input_shape: given };
  result.layers.push({ class_name: "InputLayer", name: input, config: inputConfig, inbound_nodes: [] });
  result.inputs.push(input);
  return input;
}
