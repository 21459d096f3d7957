import { WeightsFormatError } from "../src/errors.ts";
import { parseArchitectureText } from "./architecture-text.ts";
import type { ByteSource } from "./byte-source.ts";
import { openModelFile } from "./open.ts";

const mostBytes = 256 * 2 ** 20;
const sampleBytes = 512;

/** Reads a model's Keras config from a text (JSON or YAML), or from a model file, whose weights are left alone.
 * The source is closed when done.
 * @throws WeightsFormatError if there is none in it */
export async function readArchitecture(source: ByteSource): Promise<unknown> {
  if (isText(source)) return readText(source);
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
  try {
    if (source.size > mostBytes)
      throw new WeightsFormatError(`${source.name} is a text of ${source.size} bytes; at most ${mostBytes} are read.`);
    return parseArchitectureText(decode(source), source.name);
  } finally {
    source.close();
  }
}

function decode(source: ByteSource): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(source.read(0, source.size));
  } catch (cause) {
    if (cause instanceof WeightsFormatError) throw cause;
    throw new WeightsFormatError(`${source.name} is no text in UTF-8.`, { cause });
  }
}
