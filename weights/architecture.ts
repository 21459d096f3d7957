import { WeightsFormatError } from "../src/errors.ts";
import { parseArchitectureText } from "./architecture-text.ts";
import { type ByteSource, orClose } from "./byte-source.ts";
import { openModelFile } from "./open.ts";
import { decodeUtf8, mostTextBytes } from "./utf8.ts";

const sampleBytes = 512;

/** Reads a model's Keras config from a text (JSON or YAML), or from a model file, whose weights are left alone.
 * The source is closed when done.
 * @throws WeightsFormatError if there is none in it */
export async function readArchitecture(source: ByteSource): Promise<unknown> {
  if (await orClose(source, () => isText(source))) return readText(source);
  const file = await openModelFile(source);
  try {
    if (file.config !== undefined) return file.config;
    throw new WeightsFormatError(
      `${file.name} holds weights but no architecture. Give the file that model.to_json() wrote first, and this one as ` +
        "its weights.",
    );
  } finally {
    file.close();
  }
}

/** Whether a source begins as a text does: no file of weights does. */
export function isText(source: ByteSource): boolean {
  const head = source.read(0, Math.min(source.size, sampleBytes));
  return head.length > 0 && head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
}

function readText(source: ByteSource): unknown {
  const { name, size } = source;
  try {
    if (size > mostTextBytes)
      throw new WeightsFormatError(`${name} is a text of ${size} bytes; at most ${mostTextBytes} are read.`);
    const text = decodeUtf8(source.read(0, size));
    if (text === undefined) throw new WeightsFormatError(`${name} is no text in UTF-8.`);
    return parseArchitectureText(text, name);
  } finally {
    source.close();
  }
}
