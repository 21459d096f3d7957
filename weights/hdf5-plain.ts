/** Plain HDF5 files, read without the library: those that h5py writes unless it is told otherwise, with groups in tables
 * of symbols, hard links, and arrays that are neither packed nor cut in pieces. */
import { WeightsFormatError } from "../src/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import type { Hdf5Inside } from "./hdf5.ts";
import type { Hdf5Origin } from "./hdf5-heap.ts";
import { pathSteps } from "./hdf5-path.ts";
import { type PlainDataset, type PlainGroup, type PlainObject, readPlainTree } from "./hdf5-plain-tree.ts";
import { datasetOfRows, type Hdf5Dataset } from "./hdf5-rows.ts";
import { elementCount, formatBytes } from "./number-format.ts";
import { readNumbers } from "./read-numbers.ts";

/** Opens a plain file; undefined for every other, a damaged one too: what the library makes of that is what is said. */
export function openPlain(origin: Hdf5Origin): Hdf5Inside | undefined {
  const root = plainTree(origin);
  return root && insideOf(origin.source, root);
}

function plainTree(origin: Hdf5Origin): PlainGroup | undefined {
  try {
    return readPlainTree(origin);
  } catch (error) {
    // A DataView throws the latter at its end.
    if (error instanceof WeightsFormatError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function insideOf(source: ByteSource, root: PlainGroup): Hdf5Inside {
  const { name: fileName } = source;
  const find = (path: string): PlainObject | undefined => {
    let at: PlainObject | undefined = root;
    for (const step of pathSteps(path, fileName)) at = at?.kind === "group" ? at.children.get(step) : undefined;
    return at;
  };
  const attributesOf = (path: string) => {
    const found = find(path);
    if (found) return found.attributes;
    throw new WeightsFormatError(`${fileName}: listing the attributes of ${path} failed: there is no such object.`);
  };
  return {
    resolve: (path) => `/${pathSteps(path, fileName).join("/")}`,
    kind: (path) => find(path)?.kind ?? "missing",
    attributeNames: (path) => [...attributesOf(path).keys()],
    attribute: (path, name) => attributesOf(path).get(name),
    names(path) {
      const found = find(path);
      return found?.kind === "group" ? [...found.children.keys()] : [];
    },
    dataset(path, isOpen) {
      const found = find(path);
      if (found?.kind === "dataset") return openArray(source, path, found, isOpen);
      const kind = found?.kind ?? "missing";
      throw new WeightsFormatError(`${fileName}: ${path} should be a data set and is ${kind}.`);
    },
    close() {},
  };
}

function openArray(source: ByteSource, path: string, data: PlainDataset, isOpen: () => boolean): Hdf5Dataset {
  const { shape, format, offset } = data;
  const rowBytes = elementCount(shape.slice(1)) * formatBytes[format];
  const fill = (out: Float32Array, start: number): void => {
    if (out.length > 0) readNumbers(source, { offset: offset + start * rowBytes, format }, out);
  };
  return datasetOfRows({ path, shape, dtype: format, fileName: source.name, isOpen, fill });
}
