import { kerasMajorOf } from "../src/nn/keras-version.ts";
import { groupPaths } from "./assign-by-class.ts";
import { type ClassNode, classTree } from "./class-names.ts";
import { type Hdf5Array, Hdf5Group, planHdf5 } from "./hdf5-writer.ts";
import { type SavedSlot, type SavePlan, type SaveSource, storedAs } from "./save-plan.ts";

type Placed = Map<Hdf5Array, SavedSlot>;

/** A whole model as Keras 2 and Keras 3 read it: `load_model("m.h5")`. Layers are listed in Keras' order, and the weights
 * of each as it has them; a nested model is one group, its trained weights before the others.
 * @see keras/src/legacy/saving/legacy_h5_format.py */
export function planKerasH5(source: SaveSource, dtype: "f16" | "f32"): SavePlan {
  const root = new Hdf5Group();
  const placed: Placed = new Map();
  root.attributes.set("model_config", JSON.stringify(source.config));
  const weights = root.group("model_weights");
  for (const group of [root, weights]) {
    group.attributes.set("backend", "tensorflow");
    group.attributes.set("keras_version", kerasVersion(source.config));
  }
  const nodes = classTree(source.config);
  setNames(
    weights,
    "layer_names",
    nodes.map(({ name }) => name),
  );
  for (const node of nodes) {
    const own = legacyOrder(node, source.slots);
    const group = weights.group(node.name);
    setNames(
      group,
      "weight_names",
      own.map((slot) => legacyName(slot, node)),
    );
    for (const slot of own) {
      const array = arrayOf(slot, dtype);
      group.add(legacyName(slot, node), array);
      placed.set(array, slot);
    }
  }
  setNames(weights.group("top_level_model_weights"), "weight_names", []);
  return finish(root, placed);
}

/** The weights alone, as Keras 3's (and 2.14's) `load_weights("m.weights.h5")` reads them: groups go by class and number.
 * @see keras/src/saving/saving_lib.py */
export function planKeras3H5(source: SaveSource, dtype: "f16" | "f32"): SavePlan {
  const root = new Hdf5Group();
  const placed: Placed = new Map();
  // even what has no weights has a group for them, which some versions ask for
  root.group("vars");
  const tree = classTree(source.config);
  for (const [layer, path] of groupPaths(tree.flatMap(leavesOf), [], tree)) {
    const vars = root.group(`${path}/vars`);
    vars.attributes.set("name", layer.slice(layer.lastIndexOf("/") + 1));
    for (let model = parentOf(path); model !== ""; model = parentOf(model)) root.group(`${model}/vars`);
    for (const [i, slot] of source.slots.filter((one) => one.layer === layer).entries()) {
      const array = arrayOf(slot, dtype);
      vars.add(String(i), array);
      placed.set(array, slot);
    }
  }
  return finish(root, placed);
}

/** `layers/functional` of `layers/functional/layers/dense`; nothing of `layers/dense`. */
function parentOf(path: string): string {
  return path.split("/").slice(0, -2).join("/");
}

function arrayOf(slot: SavedSlot, dtype: "f16" | "f32"): Hdf5Array {
  return { shape: slot.shape, dtype: storedAs(slot, dtype, "i64") };
}

function finish(root: Hdf5Group, placed: Placed): SavePlan {
  const { head, sizeBytes, arrays } = planHdf5(root);
  const values = arrays.flatMap(({ array, offset }) => {
    const slot = placed.get(array);
    return slot ? [{ slot, dtype: array.dtype, offset }] : [];
  });
  return { sizeBytes, head, values };
}

/** Readers go by it: without one a file counts as Keras 1's. */
function kerasVersion(config: unknown): string {
  const said = typeof config === "object" && config !== null && "keras_version" in config ? config.keras_version : "";
  if (typeof said === "string" && /^[2-9]\.\d/.test(said)) return said;
  return kerasMajorOf(config) >= 3 ? "3.0.0" : "2.15.0";
}

/** The weights of a layer, or of all layers of a nested model. */
function legacyOrder(node: ClassNode, slots: readonly SavedSlot[]): SavedSlot[] {
  const leaves = leavesOf(node);
  const own = leaves.flatMap((leaf) => slots.filter((slot) => slot.layer === leaf));
  return [...own.filter((slot) => slot.trainable), ...own.filter((slot) => !slot.trainable)];
}

function leavesOf({ name, layers }: ClassNode): string[] {
  return layers.length === 0 ? [name] : layers.flatMap(leavesOf);
}

/** `conv1/kernel:0`; inside a nested model without that model's name, which is the group's. */
function legacyName({ layer, name }: SavedSlot, node: ClassNode): string {
  const inner = layer === node.name ? layer : layer.slice(node.name.length + 1);
  return `${inner}/${name}:0`;
}

/** Keras cuts a list of names that is longer than an HDF5 header takes. */
const mostListBytes = 64_512;

function setNames(group: Hdf5Group, attribute: string, names: readonly string[]): void {
  const width = names.reduce((most, name) => Math.max(most, new TextEncoder().encode(name).length), 1);
  const perPart = Math.max(1, Math.floor(mostListBytes / width));
  if (names.length <= perPart) {
    group.attributes.set(attribute, names);
    return;
  }
  for (let part = 0; part * perPart < names.length; part++)
    group.attributes.set(`${attribute}${part}`, names.slice(part * perPart, (part + 1) * perPart));
}
