import { WeightsFormatError } from "../src/errors.ts";
import { isObject, property } from "../src/nn/untrusted.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import { openKeras3H5 } from "./keras3-h5.ts";
import type { ModelFile } from "./model-file.ts";
import { parseStrictJson } from "./strict-json.ts";
import { decodeUtf8, mostTextBytes } from "./utf8.ts";
import { openZip, type ZipFile } from "./zip.ts";

const configName = "config.json";
const metadataName = "metadata.json";
const weightsName = "model.weights.h5";

/** Opens a `.keras` file: a zip archive of the architecture, the weights and a note about Keras' version. How the model
 * was compiled and built is not read. The source belongs to the file from here on.
 * @throws WeightsFormatError for zip archives of other things, hostile files and damaged ones */
export async function openKerasZip(source: ByteSource): Promise<ModelFile> {
  const zip = openZip(source);
  return await orClose(zip, async () => {
    checkContents(zip);
    const config = readJson(zip, configName);
    const kerasVersion = versionOf(zip);
    const weights = await openKeras3H5(zip.entrySource(weightsName));
    return {
      name: zip.name,
      format: "keras",
      config,
      ...(kerasVersion === undefined ? {} : { kerasVersion }),
      layers: weights.layers,
      naming: "class",
      close() {
        weights.close();
        zip.close();
      },
    };
  });
}

function checkContents({ name, entries }: ZipFile): void {
  const names = entries.map((entry) => entry.name);
  const missing = [configName, weightsName].find((wanted) => !names.includes(wanted));
  if (missing === undefined) return;
  const listed = names.slice(0, 8).join(", ") || "nothing";
  throw new WeightsFormatError(
    `${name} is a zip archive without "${missing}", so it is no .keras file (it holds: ${listed}). ${advice(names)}`,
  );
}

function advice(names: readonly string[]): string {
  if (names.includes("model.weights.npz"))
    return "Weights in NumPy's format are not read: save with weights_format h5.";
  const inside = names.find((name) => /\.(?:keras|h5|hdf5|safetensors)$/.test(name) || name.endsWith("model.json"));
  if (inside !== undefined) return `Unpack it and load "${inside}".`;
  if (names.some((name) => name.endsWith(".pb"))) return "TensorFlow's SavedModel is not read: save it as .keras.";
  return 'Save the model with Keras: model.save("model.keras").';
}

function readJson(zip: ZipFile, entryName: string): unknown {
  const what = `${zip.name}: ${entryName}`;
  const sizeBytes = zip.entries.find((entry) => entry.name === entryName)?.sizeBytes ?? 0;
  if (sizeBytes > mostTextBytes)
    throw new WeightsFormatError(`${what} has ${sizeBytes} bytes; at most ${mostTextBytes} of JSON are read.`);
  const text = decodeUtf8(zip.readEntry(entryName));
  if (text === undefined) throw new WeightsFormatError(`${what} is no UTF-8 text.`);
  return parseStrictJson(text, what);
}

function versionOf(zip: ZipFile): string | undefined {
  if (!zip.entries.some((entry) => entry.name === metadataName)) return undefined;
  const metadata = readJson(zip, metadataName);
  const version = isObject(metadata) ? property(metadata, "keras_version") : undefined;
  return typeof version === "string" ? version : undefined;
}
