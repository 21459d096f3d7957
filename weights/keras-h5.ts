import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import { type Hdf5File, openHdf5 } from "./hdf5.ts";
import { datasetWeight } from "./hdf5-weight.ts";
import { NUMBERED_FORMAT, readNumberedLayers } from "./keras-numbered.ts";
import type { ModelFile, StoredLayer, StoredWeight } from "./model-file.ts";
import { parseStrictJson } from "./strict-json.ts";

/** Opens a Keras 1 or 2 `.h5` file: `model.save()`, `model.save_weights()`, or the files of keras.applications.
 * The source belongs to the file from here on.
 * @throws WeightsFormatError for other formats (named), hostile files and damaged ones */
export async function openKerasH5(source: ByteSource): Promise<ModelFile> {
  const file = await openHdf5(source);
  return await orClose(file, () => readKerasH5(file));
}

/** Reads an HDF5 file that is open already; it belongs to what is returned.
 * @throws as `openKerasH5`, and leaves the file open then */
export function readKerasH5(file: Hdf5File): ModelFile {
  const rootNames = file.attrNames("/");
  const whole = rootNames.includes("model_config") || file.kind("/model_weights") === "group";
  const base = whole ? "/model_weights" : "";
  if (whole && file.kind(base) === "missing") {
    throw new WeightsFormatError(
      `${file.name} has a model_config but no group "model_weights": its weights are not in it.`,
    );
  }
  const isNumbered =
    file.attrNames(base || "/").includes("nb_layers") && !hasNameList(file, base || "/", "layer_names");
  if (!isNumbered) refuseOtherDialects(file, base || "/");
  const kerasVersion = textAttribute(file, [base || "/", "/"], "keras_version");
  const backend = textAttribute(file, [base || "/", "/"], "backend");
  const layers = isNumbered ? readNumberedLayers(file, base) : readLayers(file, base);
  const config = whole ? parseConfig(file) : undefined;
  return {
    name: file.name,
    format: isNumbered ? NUMBERED_FORMAT : "keras-h5",
    ...(config === undefined ? {} : { config }),
    ...(kerasVersion === undefined ? {} : { kerasVersion }),
    ...(backend === undefined ? {} : { backend }),
    layers,
    naming: "layer",
    close: () => file.close(),
  };
}

/** Files that are HDF5, but in a dialect other than the one read here. */
function refuseOtherDialects(file: Hdf5File, base: string): void {
  if (hasNameList(file, base, "layer_names")) return;
  const found = file.keys(base).slice(0, 8).join(", ") || "nothing";
  throw new WeightsFormatError(
    `${file.name} is an HDF5 file, but not one of Keras: ${base} has no attribute "layer_names" (it holds: ${found}).`,
  );
}

function readLayers(file: Hdf5File, base: string): StoredLayer[] {
  const names = nameList(file, base || "/", "layer_names");
  refuseRepeats(file.name, "layer_names", names);
  const layers = names.map((name) => readLayer(file, base, name));
  if (file.kind(`${base}/top_level_model_weights`) === "group") {
    const top = readLayer(file, base, "top_level_model_weights");
    if (top.weights.length > 0) layers.push(top);
  }
  return layers;
}

function readLayer(file: Hdf5File, base: string, layer: string): StoredLayer {
  const group = `${base}/${layer}`;
  if (layer === "" || file.kind(group) !== "group") {
    throw new WeightsFormatError(`${file.name}: "layer_names" lists "${layer}", but ${group} is no group of the file.`);
  }
  const names = hasNameList(file, group, "weight_names") ? nameList(file, group, "weight_names") : [];
  refuseRepeats(file.name, `weight_names of "${layer}"`, names);
  return { name: layer, weights: names.map((name) => storedWeight(file, group, layer, name)) };
}

function storedWeight(file: Hdf5File, group: string, layer: string, name: string): StoredWeight {
  const path = `${group}/${name}`;
  if (name === "" || file.kind(path) !== "dataset") {
    throw new WeightsFormatError(
      `${file.name}: layer "${layer}" lists the weight "${name}", but ${path} is no data set of the file. ` +
        "The file is incomplete: save or download it again.",
    );
  }
  return datasetWeight(file.dataset(path), { layer, name });
}

function refuseRepeats(fileName: string, what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new WeightsFormatError(`${fileName}: ${what} lists "${name}" twice.`);
    seen.add(name);
  }
}

function hasNameList(file: Hdf5File, path: string, name: string): boolean {
  const names = file.attrNames(path);
  return names.includes(name) || names.includes(`${name}0`);
}

/** A list of names, which Keras cuts into `name0`, `name1`, ... when it is longer than an HDF5 header allows. */
function nameList(file: Hdf5File, path: string, name: string): string[] {
  const whole = file.attr(path, name);
  if (whole !== undefined) return asNames(file, path, name, whole);
  const out: string[] = [];
  for (let part = 0; ; part++) {
    const value = file.attr(path, `${name}${part}`);
    if (value === undefined) return out;
    out.push(...asNames(file, path, `${name}${part}`, value));
  }
}

function asNames(file: Hdf5File, path: string, name: string, value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((entry) => {
    if (typeof entry === "string") return entry;
    throw new WeightsFormatError(`${file.name}: the attribute "${name}" of ${path} should be text and is ${entry}.`);
  });
}

function textAttribute(file: Hdf5File, paths: readonly string[], name: string): string | undefined {
  for (const path of paths) {
    const value = file.attr(path, name);
    if (typeof value === "string") return value;
  }
  return undefined;
}

function parseConfig(file: Hdf5File): unknown {
  const text = file.attr("/", "model_config");
  if (text === undefined) return undefined;
  const what = `${file.name}: the attribute "model_config"`;
  if (typeof text !== "string") throw new WeightsFormatError(`${what} is not JSON: it is no text.`);
  return parseStrictJson(text, what);
}
