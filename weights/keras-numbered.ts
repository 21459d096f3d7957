import { WeightsFormatError } from "../src/errors.ts";
import type { Hdf5File } from "./hdf5.ts";
import { datasetWeight } from "./hdf5-weight.ts";
import type { StoredLayer, StoredWeight } from "./model-file.ts";

/** The format of files whose layers have numbers for names, from before Keras 1. */
export const NUMBERED_FORMAT = "keras-nb-layers-h5";

const mostLayers = 10_000;
const mostWeights = 64;

/** The layers of a file of Keras 0.x: groups `layer_0` to `layer_N` with data sets `param_0` and so on.
 * @throws WeightsFormatError if a count or a data set is wrong */
export function readNumberedLayers(file: Hdf5File, base: string): StoredLayer[] {
  const count = readCount(file, base || "/", { name: "nb_layers", most: mostLayers });
  return Array.from({ length: count }, (_, i) => readLayer(file, base, `layer_${i}`));
}

function readCount(file: Hdf5File, path: string, { name, most }: { name: string; most: number }): number {
  const value = file.attr(path, name);
  const count = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > most)
    throw new WeightsFormatError(
      `${file.name}: the attribute "${name}" of ${path} is ${value === undefined ? "missing" : String(value)}; a number of 0 to ${most} is wanted.`,
    );
  return count;
}

function readLayer(file: Hdf5File, base: string, layer: string): StoredLayer {
  const group = `${base}/${layer}`;
  if (file.kind(group) !== "group")
    throw new WeightsFormatError(`${file.name}: "nb_layers" counts "${layer}", but ${group} is no group of the file.`);
  const count = readCount(file, group, { name: "nb_params", most: mostWeights });
  const weights = Array.from({ length: count }, (_, i) => storedWeight(file, group, { layer, name: `param_${i}` }));
  return { name: layer, weights };
}

function storedWeight(file: Hdf5File, group: string, about: Pick<StoredWeight, "layer" | "name">): StoredWeight {
  const path = `${group}/${about.name}`;
  if (file.kind(path) !== "dataset")
    throw new WeightsFormatError(
      `${file.name}: "nb_params" of ${group} counts "${about.name}", but ${path} is no data set of the file. ` +
        "The file is incomplete: save or download it again.",
    );
  return datasetWeight(file.dataset(path), about);
}
