import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import { type Hdf5File, openHdf5 } from "./hdf5.ts";
import { datasetWeight } from "./hdf5-weight.ts";
import type { ModelFile, StoredLayer, StoredWeight } from "./model-file.ts";

/** What a model keeps its layers in: `layers` from Keras 2.14 on, the other in Keras 2.12 and 2.13. */
const containers: readonly string[] = ["layers", "_layer_checkpoint_dependencies"];

/** Children of a model or a layer that no prediction needs: state of the training and of random numbers. */
const trainingState =
  /^_?(?:optimizer|loss|losses|metrics|compiled?_(?:metrics|loss)|.*_metric|.*_tracker|(?:seed|random)_generator)$/;

/** Larger than in any model's file, and small enough to walk round a circle of groups in about a second. */
const mostGroups = 2500;
const mostWeights = 6000;
/** No group or array takes less of a file: a small file with many has one under several names. */
const leastBytes = 200;
const deepestNesting = 10;
/** Steps below a layer that are no model's: `time_distributed/layer`. */
const deepestPart = 3;

/** Opens a Keras 3 `.weights.h5` file (Keras 2.12 and later write the same).
 * The source belongs to the file from here on.
 * @throws WeightsFormatError for other formats, hostile files and damaged ones */
export async function openKeras3H5(source: ByteSource): Promise<ModelFile> {
  const file = await openHdf5(source);
  return await orClose(file, () => readKeras3H5(file));
}

/** Whether an open HDF5 file names its groups by class, as Keras 3 does. */
export function isKeras3H5(file: Hdf5File): boolean {
  const keys = file.keys("/");
  if (keys.some((key) => key === "vars" || containers.includes(key.split("\\")[0] ?? ""))) return true;
  const isGroup = (path: string) => file.kind(path) === "group";
  return keys.slice(0, 20).some((key) => isGroup(`/${key}`) && isGroup(`/${key}/vars`));
}

/** Reads an HDF5 file that is open already; it belongs to what is returned.
 * @throws as `openKeras3H5`, and leaves the file open then */
export function readKeras3H5(file: Hdf5File): ModelFile {
  if (!isKeras3H5(file)) {
    const found = file.keys("/").slice(0, 8).join(", ") || "nothing";
    throw new WeightsFormatError(
      `${file.name} is an HDF5 file, but no .weights.h5 file of Keras 3: it has no group "layers" (it holds: ${found}).`,
    );
  }
  const fitting = Math.ceil(file.sizeBytes / leastBytes);
  const most = { groups: Math.min(mostGroups, fitting), weights: Math.min(mostWeights, fitting) };
  const walk: Walk = { file, most, layers: [], groups: 0, weights: 0 };
  visit(walk, { path: "", steps: [], names: [] });
  return {
    name: file.name,
    format: "keras-weights-h5",
    layers: walk.layers,
    naming: "class",
    close: () => file.close(),
  };
}

interface Walk {
  readonly file: Hdf5File;
  readonly most: { readonly groups: number; readonly weights: number };
  readonly layers: StoredLayer[];
  groups: number;
  weights: number;
}

interface Place {
  /** In the HDF5 file. */
  readonly path: string;
  /** The same as Keras means it. */
  readonly steps: readonly string[];
  /** What models and layers on the way were called, as far as the file says. */
  readonly names: readonly string[];
}

/** Lists the weights of a model or layer, then those of what it holds. */
function visit(walk: Walk, place: Place): void {
  const { file } = walk;
  walk.groups++;
  if (walk.groups > walk.most.groups)
    throw new WeightsFormatError(`${file.name}: over ${walk.most.groups} groups: that is no weights file.`);
  checkDepth(file, place);
  const keys = file.keys(place.path || "/");
  const hasVars = keys.includes("vars");
  const weights = hasVars ? readVars(walk, place) : [];
  // Most groups hold nothing; their names are not asked for.
  const names = hasVars && (weights.length > 0 || keys.length > 1) ? namesOf(file, place) : place.names;
  if (weights.length > 0) walk.layers.push({ name: place.steps.join("/"), ownName: names.join("/"), weights });
  const children = keys.filter((key) => key !== "vars").map((key) => childOf({ ...place, names }, key));
  const isModel = place.steps.length === 0 && children.some(({ steps: [first = ""] }) => containers.includes(first));
  for (const child of children) {
    const isIgnored = isModel ? !containers.includes(child.steps[0] ?? "") : isTrainingState(child.steps);
    if (!isIgnored) visit(walk, child);
  }
}

function checkDepth(file: Hdf5File, { path, steps }: Place): void {
  const lastContainer = steps.findLastIndex((step) => containers.includes(step));
  const isDeep = steps.length - lastContainer - 2 > deepestPart;
  if (!isDeep && steps.length <= 2 * deepestNesting + deepestPart) return;
  throw new WeightsFormatError(
    `${file.name}: the group ${path.slice(0, 100)} lies deeper than a model nests its layers.`,
  );
}

function childOf({ path, steps, names }: Place, key: string): Place {
  // Keras 2 on Windows joined the steps by backslashes, and so made one group of them.
  const more = key.split("\\");
  const moreNames = more.filter((step) => !containers.includes(step));
  return { path: `${path}/${key}`, steps: [...steps, ...more], names: [...names, ...moreNames] };
}

function isTrainingState(steps: readonly string[]): boolean {
  return !containers.includes(steps.at(-2) ?? "") && trainingState.test(steps.at(-1) ?? "");
}

/** Newer files note at the variables what their layer is called; in older ones only its class is known. */
function namesOf(file: Hdf5File, { path, steps, names }: Place): readonly string[] {
  const name = file.attr(`${path}/vars`, "name");
  return typeof name === "string" && name !== "" && steps.length > 0 ? [...names.slice(0, -1), name] : names;
}

function readVars(walk: Walk, { path, steps }: Place): StoredWeight[] {
  const { file } = walk;
  const group = `${path}/vars`;
  const keys = file.keys(group).toSorted((a, b) => Number(a) - Number(b) || 0);
  walk.weights += keys.length;
  if (walk.weights > walk.most.weights)
    throw new WeightsFormatError(`${file.name}: over ${walk.most.weights} weights: that is no weights file.`);
  const layer = steps.join("/");
  return keys.map((key) => datasetWeight(file.dataset(`${group}/${key}`), { layer, name: `vars/${key}` }));
}
