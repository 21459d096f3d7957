import { asObject, isWhole, type JsonObject, property, refuse } from "../untrusted.ts";
import { type Argument, ArgumentReader, type Operation, type Slice } from "./argument.ts";
import { type NodeDef, readNodeDef } from "./node-def.ts";

const mostInputs = 4096;

/** The operation behind a TensorFlowOpLayer of TensorFlow 2.0 to 2.3: a node of a graph, whose inputs are the layer's
 * tensors in order, but for those that are constants. */
export function graphOperation(config: JsonObject, path: string, tensors: readonly Argument[]): Operation {
  const node = readNodeDef(property(config, "node_def"), `${path}.node_def`);
  if (node.inputs > mostInputs) refuse(`${path}.node_def`, `${node.inputs} inputs`, `at most ${mostInputs}`);
  const reader = new ArgumentReader(() => undefined);
  const constants = asObject(property(config, "constants") ?? {}, `${path}.constants`);
  const rest = [...tensors];
  const positional = Array.from({ length: node.inputs }, (_, i) =>
    Object.hasOwn(constants, i) ? reader.read(constants[i], `${path}.constants.${i}`) : (rest.shift() ?? null),
  );
  return { name: `tf.raw_ops.${node.op}`, ...argumentsOf(node, positional) };
}

type Arguments = Omit<Operation, "name">;

/** The arguments as the function of that name in `tf` has them. */
function argumentsOf({ op, attributes }: NodeDef, positional: readonly Argument[]): Arguments & { name?: string } {
  const named = new Map<string, Argument>();
  for (const key of ["keep_dims", "axis", "data_format", "alpha"]) put(named, key, attributes.get(key));
  const squeezed = attributes.get("squeeze_dims");
  if (op === "Squeeze" && Array.isArray(squeezed))
    named.set("squeeze_dims", { kind: "list", items: squeezed.filter((axis) => isWhole(axis, -8)) });
  switch (op) {
    case "ConcatV2":
      return { positional: [{ kind: "list", items: positional.slice(0, -1) }, ...positional.slice(-1)], named };
    case "Pack":
      return { positional: [{ kind: "list", items: positional }], named };
    case "Cast":
      return { positional, named: new Map([["dtype", typeName(attributes.get("DstT"))]]) };
    case "ResizeBilinear":
      return resize("bilinear", positional, attributes);
    case "ResizeNearestNeighbor":
      return resize("nearest", positional, attributes);
    case "StridedSlice":
      return { positional: [positional[0] ?? null, strided(positional, attributes)], named };
    default:
      return { positional, named };
  }
}

function put(named: Map<string, Argument>, key: string, value: unknown): void {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") named.set(key, value);
}

function typeName(type: unknown): Argument {
  return type === "DT_FLOAT" || type === 1 ? "float32" : String(type);
}

function resize(method: string, positional: readonly Argument[], attributes: NodeDef["attributes"]) {
  const plain = attributes.get("half_pixel_centers") === true && attributes.get("align_corners") !== true;
  return {
    name: "tf.raw_ops.Resize",
    positional,
    named: new Map<string, Argument>([["method", plain ? method : `${method} without half-pixel centres`]]),
  };
}

/** begin, end and strides with their masks, a bit for each axis, as slices. */
function strided([, begin, end, strides]: readonly Argument[], attributes: NodeDef["attributes"]): Argument {
  const numbers = (list: Argument | undefined) => (typeof list === "object" && list?.kind === "list" ? list.items : []);
  const has = (mask: string, i: number) => ((Number(attributes.get(mask) ?? 0) >> i) & 1) === 1;
  const [starts, stops, steps] = [numbers(begin), numbers(end), numbers(strides)];
  const items = starts.map((start, i): Argument => {
    if (has("ellipsis_mask", i)) return { kind: "ellipsis" };
    if (has("new_axis_mask", i)) return null;
    if (has("shrink_axis_mask", i)) return start;
    const bounds: Slice["bounds"] = [
      has("begin_mask", i) ? null : start,
      has("end_mask", i) ? null : (stops[i] ?? null),
      steps[i] ?? null,
    ];
    return { kind: "slice", bounds };
  });
  return { kind: "list", items };
}
