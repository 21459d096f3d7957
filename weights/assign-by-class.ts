import {
  groupSlots,
  inOrder,
  type MatchedWeight,
  mismatch,
  roleIn,
  sameShape,
  showSlots,
  type WeightSlot,
} from "./assign.ts";
import { type ClassNode, classTree } from "./class-names.ts";
import type { ModelFile, StoredLayer, StoredWeight } from "./model-file.ts";
import { showShape } from "./number-format.ts";

/** Pairs every slot of a model with one weight of a file of naming "class". As in Keras, the group's path counts: the
 * class in snake case and the number among the layers of that class, in each model and nested model by itself. Where
 * that does not fit, the layers' own names may, if the file has them and all of them fit.
 * @param config the model's Keras config, which tells the order and the classes of its layers
 * @returns one pair per slot, in the order of the slots
 * @throws  WeightsFormatError listing all that is missing, left over or of another shape
 * @see     keras/src/saving/saving_lib.py, _save_container_state */
export function matchWeightsByClass(
  slots: readonly WeightSlot[],
  file: Pick<ModelFile, "layers" | "name">,
  config: unknown,
): MatchedWeight[] {
  const wanted = groupSlots(slots);
  const stored = new Map(file.layers.map((layer) => [layer.name, layer]));
  const tree = config === undefined ? [] : classTree(config);
  const paths = groupPaths([...wanted.keys()], [...stored.keys()], tree);
  const byPath = pairAll(wanted, file, (layer) => {
    const path = paths.get(layer);
    return { path, found: path === undefined ? undefined : stored.get(path) };
  });
  if (byPath.problems.length === 0) return inOrder(slots, byPath.pairs);
  const named = ownNames(file.layers);
  const byName = pairAll(wanted, file, (layer) => ({ found: named(layer) }));
  if (byName.problems.length === 0) return inOrder(slots, byName.pairs);
  throw mismatch(file.name, byPath.problems);
}

/** The group of every layer that has weights.
 * @param wanted names of those layers
 * @param stored paths of the file's groups */
export function groupPaths(
  wanted: readonly string[],
  stored: readonly string[],
  tree: readonly ClassNode[],
): Map<string, string> {
  const paths = new Map<string, string>();
  // With every nested model on the way to a layer.
  const withWeights = new Set(
    wanted.flatMap((layer) => layer.split("/").map((_, i, steps) => steps.slice(0, i + 1).join("/"))),
  );
  place({ withWeights, stored, paths }, tree, "");
  return paths;
}

interface Placing {
  readonly withWeights: ReadonlySet<string>;
  readonly stored: readonly string[];
  readonly paths: Map<string, string>;
}

/** Keras 2.12 and 2.13 listed a layer with weights twice, and so counted by two; they gave this container its name. */
const doubled = "_layer_checkpoint_dependencies";

function place(work: Placing, nodes: readonly ClassNode[], prefix: string): void {
  const isDoubled = work.stored.some((path) => path.startsWith(`${prefix}${doubled}/`));
  const container = `${prefix}${isDoubled ? doubled : "layers"}/`;
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const hasWeights = work.withWeights.has(node.name);
    if (isDoubled && !hasWeights) continue;
    const count = counts.get(node.className) ?? 0;
    counts.set(node.className, count + 1);
    const plain = count === 0 ? node.className : `${node.className}_${count}`;
    const group = isDoubled ? numbered(work.stored, container, node.className)[count] : plain;
    const path = container + (group ?? plain);
    if (node.layers.length > 0) place(work, node.layers, `${path}/`);
    else if (hasWeights) work.paths.set(node.name, path);
  }
}

/** The groups of one class that hold weights, in the order of their numbers. */
function numbered(stored: readonly string[], container: string, className: string): string[] {
  const children = stored.filter((path) => path.startsWith(container)).map((path) => path.slice(container.length));
  const numberOf = (name: string) => (name === className ? 0 : Number(name.slice(className.length + 1)));
  const names = new Set(children.map((path) => path.split("/")[0] ?? ""));
  return [...names]
    .filter((name) => name === className || (name.startsWith(`${className}_`) && Number.isInteger(numberOf(name))))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

/** The group whose layer was called as the model's is; the last step of a nested name serves where only one has it. */
function ownNames(layers: readonly StoredLayer[]): (layer: string) => StoredLayer | undefined {
  const last = (name: string) => name.slice(name.lastIndexOf("/") + 1);
  const exact = new Map(layers.map((layer) => [layer.ownName ?? layer.name, layer]));
  return (layer) => {
    const inner = layers.filter((candidate) => last(candidate.ownName ?? candidate.name) === last(layer));
    return exact.get(layer) ?? (inner.length === 1 ? inner[0] : undefined);
  };
}

interface Paired {
  readonly pairs: Map<WeightSlot, StoredWeight>;
  readonly problems: string[];
}

interface Found {
  readonly path?: string | undefined;
  readonly found: StoredLayer | undefined;
}

function pairAll(
  wanted: ReadonlyMap<string, readonly WeightSlot[]>,
  file: Pick<ModelFile, "layers">,
  find: (layer: string) => Found,
): Paired {
  const paired: Paired = { pairs: new Map(), problems: [] };
  const used = new Map<StoredLayer, string>();
  for (const [layer, slots] of wanted) {
    const { path, found } = find(layer);
    const taken = found && used.get(found);
    if (!found) paired.problems.push(missing(layer, slots, path));
    else if (taken !== undefined) paired.problems.push(`layers "${layer}" and "${taken}" both fit ${found.name}`);
    else pairLayer(slots, found, paired);
    if (found) used.set(found, layer);
  }
  for (const layer of file.layers.filter((candidate) => !used.has(candidate)))
    paired.problems.push(`${title(layer)} ${shapesOf(layer.weights)} has no layer in the model`);
  return paired;
}

function missing(layer: string, slots: readonly WeightSlot[], path: string | undefined): string {
  const wanted = path === undefined ? "" : `; the file has no group "${path}"`;
  return `layer "${layer}": missing (${showSlots(slots)})${wanted}`;
}

function title({ name, ownName }: StoredLayer): string {
  const called = ownName !== undefined && !name.endsWith(ownName) ? ` (called "${ownName}")` : "";
  return `group "${name || "vars"}"${called}`;
}

const shapesOf = (weights: readonly StoredWeight[]) => weights.map((weight) => showShape(weight.shape)).join(", ");

function pairLayer(slots: readonly WeightSlot[], stored: StoredLayer, { pairs, problems }: Paired): void {
  const where = `layer "${slots[0]?.layer}" (${title(stored)})`;
  const weights = withoutCounters(stored.weights, slots.length);
  const numbered = weights.every((weight, i) => weight.name === `vars/${i}`);
  const chosen = slots.map((slot, i) =>
    numbered ? weights[i] : weights.find((weight) => roleIn(slots, weight) === slot.name),
  );
  if (weights.length !== slots.length || chosen.includes(undefined)) {
    const names = weights.map((weight) => `${weight.name} ${showShape(weight.shape)}`).join(", ");
    problems.push(`${where}: the file has ${names}, the model wants ${showSlots(slots)}`);
    return;
  }
  for (const [i, slot] of slots.entries()) {
    const weight = chosen[i];
    if (weight && sameShape(weight.shape, slot.shape)) pairs.set(slot, weight);
    else {
      const got = `${slot.name} ("${weight?.name}") is ${showShape(weight?.shape ?? [])}`;
      problems.push(`${where}: ${got}, the model wants ${showShape(slot.shape)}`);
    }
  }
}

/** A Normalization layer stores how many batches it has seen: a whole number behind the weights, which nothing needs. */
function withoutCounters(weights: readonly StoredWeight[], wanted: number): readonly StoredWeight[] {
  const extra = weights.slice(wanted);
  const onlyCounters = extra.every(({ shape, dtype }) => shape.length === 0 && /^[iu]\d+$/.test(dtype));
  return onlyCounters ? weights.slice(0, wanted) : weights;
}
