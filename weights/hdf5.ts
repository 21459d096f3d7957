import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import type { AttributeValue } from "./hdf5-attribute.ts";
import { checkHdf5Header } from "./hdf5-header.ts";
import { openPlain } from "./hdf5-plain.ts";
import type { Hdf5Dataset } from "./hdf5-rows.ts";
import { openInLibrary } from "./hdf5-session.ts";

/** What stands at a path. */
export type Hdf5Kind = "group" | "dataset" | "missing";

/** One open HDF5 file, read lazily. Links that leave the file, or that are not hard links, are refused. */
export interface Hdf5File {
  readonly name: string;
  readonly sizeBytes: number;
  /** The attribute's value: strings, numbers, or arrays of them; undefined when there is none of that name. */
  attr(path: string, name: string): AttributeValue | undefined;
  attrNames(path: string): string[];
  /** Names in a group. */
  keys(path: string): string[];
  /** What stands at a path: nothing is thrown for a path that does not exist. */
  kind(path: string): Hdf5Kind;
  dataset(path: string): Hdf5Dataset;
  close(): void;
}

/** What reads an open file: the HDF5 library, or for plain files our own code. */
export interface Hdf5Inside {
  /** Throws unless every step of the path is a plain hard link inside this file; returns the path made regular, which
   * `attributeNames`, `attribute` and `names` want. */
  resolve(path: string): string;
  kind(path: string): Hdf5Kind;
  attributeNames(path: string): readonly string[];
  /** Undefined when there is none of that name. */
  attribute(path: string, name: string): AttributeValue | undefined;
  /** Of what is in a group. */
  names(path: string): readonly string[];
  dataset(path: string, isOpen: () => boolean): Hdf5Dataset;
  /** Leaves the source open. */
  close(): void;
}

/** Opens an HDF5 file for reading. The source belongs to the file from here on: `close()` closes it.
 * @throws WeightsFormatError when it is not HDF5, cut short, or damaged */
export async function openHdf5(source: ByteSource): Promise<Hdf5File> {
  return await orClose(source, async () => {
    const origin = { source, base: checkHdf5Header(source) };
    return hdf5File(source, openPlain(origin) ?? (await openInLibrary(origin)));
  });
}

function hdf5File(source: ByteSource, inside: Hdf5Inside): Hdf5File {
  let open = true;
  const alive = (): Hdf5Inside => {
    if (!open) throw new WeightsFormatError(`${source.name}: used after close().`);
    return inside;
  };
  const needGroup = (path: string): string => {
    const kind = alive().kind(path);
    if (kind !== "group") throw new WeightsFormatError(`${source.name}: ${path} should be a group and is ${kind}.`);
    return inside.resolve(path);
  };
  return {
    name: source.name,
    sizeBytes: source.size,
    attr: (path, name) => alive().attribute(inside.resolve(path), name),
    attrNames: (path) => [...alive().attributeNames(inside.resolve(path))],
    keys: (path) => [...inside.names(needGroup(path))],
    kind: (path) => alive().kind(path),
    dataset: (path) => alive().dataset(path, () => open),
    close() {
      if (!open) return;
      open = false;
      try {
        inside.close();
      } finally {
        source.close();
      }
    },
  };
}
