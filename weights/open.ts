import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import { openHdf5 } from "./hdf5.ts";
import { isHdf5 } from "./hdf5-header.ts";
import { readKerasH5 } from "./keras-h5.ts";
import { openKerasZip } from "./keras-zip.ts";
import { isKeras3H5, readKeras3H5 } from "./keras3-h5.ts";
import type { ModelFile } from "./model-file.ts";
import { openSafetensors } from "./safetensors-file.ts";
import { looksLike } from "./sniff.ts";

/** A kind of file that is told by its content, and what reads it. The source belongs to `open`. */
interface Reader {
  readonly kind: string;
  fits(source: ByteSource): boolean;
  open(source: ByteSource): Promise<ModelFile>;
}

/** The first that fits reads the file. */
const readers: readonly Reader[] = [
  { kind: "Keras' .keras", fits: (source) => startsWith(source, 0, "PK"), open: openKerasZip },
  { kind: "Keras' .h5 and .weights.h5", fits: isHdf5, open: openKerasHdf5 },
  // The length of a JSON header, then the header itself.
  { kind: ".safetensors", fits: (source) => startsWith(source, 8, "{"), open: openSafetensors },
];

/** Opens a model or weights file of any known kind, told by its content and never by its name; nothing large is read
 * yet. The source belongs to the file from here on.
 * @throws WeightsFormatError for what is none of them, damaged or hostile */
export async function openModelFile(source: ByteSource): Promise<ModelFile> {
  const reader = await orClose(source, () => readerOf(source));
  return await reader.open(source);
}

function readerOf(source: ByteSource): Reader {
  const reader = readers.find(({ fits }) => fits(source));
  if (reader) return reader;
  const head = source.read(0, Math.min(source.size, 512));
  throw new WeightsFormatError(
    `${source.name} is no model or weights file: it looks like ${looksLike(head)}. ` +
      `Known: ${readers.map(({ kind }) => kind).join(", ")}.`,
  );
}

function startsWith(source: ByteSource, offset: number, text: string): boolean {
  if (source.size < offset + text.length) return false;
  return String.fromCharCode(...source.read(offset, text.length)) === text;
}

/** HDF5 is opened once, and then looked into: Keras 3 names groups by class, all before it list the layers' names. */
async function openKerasHdf5(source: ByteSource): Promise<ModelFile> {
  const file = await openHdf5(source);
  return await orClose(file, () => {
    const isNamed = ["layer_names", "layer_names0", "nb_layers", "model_config"].some((name) =>
      file.attrNames("/").includes(name),
    );
    return !isNamed && isKeras3H5(file) ? readKeras3H5(file) : readKerasH5(file);
  });
}
