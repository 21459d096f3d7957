import { BacklightError, WeightsFormatError } from "../src/errors.ts";
import { blobSource } from "./blob-source.ts";
import { type ByteSource, bytesSource } from "./byte-source.ts";
import { fileSource } from "./file-source.ts";
import type { ShardResolver } from "./shard-path.ts";
import { shardsAmong } from "./tfjs-files.ts";
import { shardsBeside } from "./tfjs-folder.ts";
import { shardsBelow } from "./tfjs-url.ts";

/** Where a model's file is: a path (in Node and Deno), a URL, a chosen File or a Blob, bytes, or a source of one's own.
 * A string that begins with `http:`, `https:`, `blob:` or `data:` is a URL, any other a path. A model of TensorFlow.js
 * lies in several files: give the path or URL of its model.json, or all of its Files together. */
export type ModelSource = string | URL | Blob | Uint8Array | ArrayBuffer | ByteSource | readonly File[];

export interface OpenedSource {
  readonly source: ByteSource;
  /** Finds the other files of a model in several; undefined where only one is known. */
  readonly shards?: ShardResolver;
}

/** Opens what the user gave. The caller closes the source.
 * @param signal ends what is fetched, the shards too
 * @throws WeightsFormatError for what cannot be read; BacklightError for a server that refuses */
export async function openSource(given: ModelSource, signal?: AbortSignal): Promise<OpenedSource> {
  if (typeof given === "string") return isUrl(given) ? openUrl(new URL(given), signal) : openPath(given);
  if (given instanceof URL) return given.protocol === "file:" ? openPath(pathOf(given)) : openUrl(given, signal);
  if (given instanceof Blob) return { source: await blobSource(given) };
  if (given instanceof Uint8Array || given instanceof ArrayBuffer) return { source: bytesSource(given, "the bytes") };
  return isFiles(given) ? openFiles(given) : { source: given };
}

function isUrl(text: string): boolean {
  return /^(https?|blob|data):/i.test(text);
}

function isFiles(given: ByteSource | readonly File[]): given is readonly File[] {
  return Array.isArray(given);
}

function openPath(path: string): OpenedSource {
  return { source: fileSource(path), shards: shardsBeside(path) };
}

/** Deno and Node open a path only; on Windows it has no slash before the drive's letter. */
function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname).replace(/^\/([A-Za-z]:)/, "$1");
}

async function openUrl(url: URL, signal: AbortSignal | undefined): Promise<OpenedSource> {
  const name = url.protocol === "data:" ? "the data: URL" : url.href;
  const get = (address: URL | string) => fetch(address, signal ? { signal } : {});
  const source = await blobSource(new File([await fetchBlob(url, name, get)], name));
  // blob: and data: have no folder
  return url.protocol.startsWith("http") ? { source, shards: shardsBelow(url, { fetch: get }) } : { source };
}

async function fetchBlob(url: URL, name: string, get: (url: URL) => Promise<Response>): Promise<Blob> {
  try {
    const response = await get(url);
    if (!response.ok) throw new BacklightError(`${name}: the server answered ${response.status}.`);
    // A Blob may be kept out of memory by the browser.
    return await response.blob();
  } catch (cause) {
    if (cause instanceof BacklightError) throw cause;
    throw new BacklightError(`${name} cannot be fetched: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

async function openFiles(files: readonly File[]): Promise<OpenedSource> {
  const [first, ...more] = files;
  const main = more.length === 0 ? first : files.find(({ name }) => name.toLowerCase().endsWith(".json"));
  if (main) return { source: await blobSource(main), shards: shardsAmong(files) };
  const names = files.map(({ name }) => name).slice(0, 8);
  throw new WeightsFormatError(
    `got ${files.length} files (${names.join(", ")}) and no model.json among them. Give one file, or model.json with ` +
      "its .bin files. Weights beside an architecture are given as the option `weights`.",
  );
}
