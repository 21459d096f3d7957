import { asList, asName, asObject, property } from "../src/nn/untrusted.ts";

/** One layer of a Keras config, and the group that Keras 3 keeps its weights in is named after its class. */
export interface ClassNode {
  /** As the model calls it: `conv1`, or `features/conv1` inside a nested model. */
  readonly name: string;
  /** The class in snake case. */
  readonly className: string;
  /** The layers of a nested model, in Keras' order. */
  readonly layers: readonly ClassNode[];
}

const deepest = 8;

/** The layers of a model's config as a tree of classes.
 * @param config what `model.to_json()` writes, parsed or as text
 * @throws WeightsFormatError for what is no such config */
export function classTree(config: unknown): readonly ClassNode[] {
  const model = asObject(typeof config === "string" ? JSON.parse(config) : config, "model");
  return layersOf(property(model, "config"), { prefix: "", path: "model.config", depth: 0 });
}

interface Where {
  readonly prefix: string;
  readonly path: string;
  readonly depth: number;
}

function layersOf(body: unknown, { prefix, path, depth }: Where): readonly ClassNode[] {
  // Keras before 2.2.3 wrote a Sequential's layers without the object around them.
  const listed = Array.isArray(body) ? body : property(asObject(body, path), "layers");
  return asList(listed, `${path}.layers`).map((value, i) => {
    const at = `${path}.layers[${i}]`;
    const entry = asObject(value, at);
    const inner = property(entry, "config");
    const config = Array.isArray(inner) ? {} : asObject(inner, `${at}.config`);
    const name = prefix + asName(property(config, "name") ?? property(entry, "name"), `${at}.config.name`);
    const className = asName(property(entry, "class_name"), `${at}.class_name`);
    const isModel = depth < deepest && (Array.isArray(inner) || Array.isArray(property(config, "layers")));
    const where = { prefix: `${name}/`, path: `${at}.config`, depth: depth + 1 };
    return { name, className: groupClass(className), layers: isModel ? layersOf(inner, where) : [] };
  });
}

/** A functional model was of the class Model until Keras 2.3, a registered class is written `package>Name`. */
function groupClass(className: string): string {
  const plain = className.slice(className.lastIndexOf(">") + 1);
  return toSnakeCase(plain === "Model" ? "Functional" : plain);
}

/** `Conv2DTranspose` to `conv2d_transpose`, `PReLU` to `p_re_lu`: a group's name before its number.
 * @see keras/src/utils/naming.py, to_snake_case */
export function toSnakeCase(className: string): string {
  return className
    .replace(/[^\p{L}\p{N}_]+/gu, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
