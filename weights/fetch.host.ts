import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { BacklightError, WeightsFormatError } from "../src/errors.ts";
import { type CacheOptions, cachePath, checkFile, findFile } from "./cache.host.ts";
import { type DownloadOptions, type DownloadProgress, download } from "./download.host.ts";
import { reason } from "./part-file.host.ts";
import { type KnownFile, knownFile } from "./registry.ts";

export interface FetchOptions extends CacheOptions {
  /** The one URL to use instead of the registry's. */
  readonly url?: string;
  /** A mirror: the file's name is put after it. */
  readonly baseUrl?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download; what has come is kept for the next time. */
  readonly signal?: AbortSignal;
  /** How long the server may send nothing, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
  /** How often a broken transfer is taken up again; 3 by default. */
  readonly retries?: number;
  /** Pause before the first retry, in milliseconds; doubled each time; 1,000 by default. */
  readonly retryDelayMs?: number;
}

/** The path of a known weights file, downloaded if neither cache has it. Its size and its hash are
 * right, as far as the registry knows them.
 * @throws UnknownNameError for a name the registry does not have
 * @throws WeightsFormatError when a server sends other bytes
 * @throws BacklightError when nothing can be reached; the message says how to put the file there by hand */
export async function fetchWeights(name: string, options: FetchOptions = {}): Promise<string> {
  return await fetchKnown(knownFile(name), options);
}

/** `fetchWeights` for a file described by the caller. */
export async function fetchKnown(spec: KnownFile, options: FetchOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  const there = findFile(spec, options);
  if (there) return there.path;
  const path = cachePath(spec, options);
  makeFolder(dirname(path));
  const failures: string[] = [];
  for (const url of urlsOf(spec, options)) {
    try {
      await download(downloadOptions(spec, path, url, options));
      return path;
    } catch (error) {
      if (!(error instanceof BacklightError)) throw error;
      failures.push(error.message);
      const wrong = error instanceof WeightsFormatError;
      if (wrong) throw new WeightsFormatError(advice(spec, path, options, failures), { cause: error });
    }
  }
  throw new BacklightError(advice(spec, path, options, failures));
}

function downloadOptions(spec: KnownFile, path: string, url: string, options: FetchOptions): DownloadOptions {
  const { onProgress, signal } = options;
  return {
    url,
    path,
    ...(spec.sizeBytes === undefined ? {} : { sizeBytes: spec.sizeBytes }),
    ...(spec.md5 === undefined ? {} : { md5: spec.md5 }),
    ...(spec.sha256 === undefined ? {} : { sha256: spec.sha256 }),
    timeoutMs: options.timeoutMs ?? 30_000,
    retries: options.retries ?? 3,
    retryDelayMs: options.retryDelayMs ?? 1_000,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  };
}

function urlsOf(spec: KnownFile, { url, baseUrl }: FetchOptions): readonly string[] {
  if (url !== undefined) return [url];
  if (baseUrl === undefined) return spec.urls;
  return [`${baseUrl.replace(/\/+$/, "")}/${spec.file}`];
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new BacklightError(
      `Cannot make the cache folder ${folder}: ${reason(cause)}. Choose another one with BACKLIGHT_CACHE.`,
      { cause },
    );
  }
}

/** All that a user without a working connection needs to put the file in place. */
function advice(spec: KnownFile, path: string, options: FetchOptions, failures: readonly string[]): string {
  const wrong = checkFile(path, spec)?.problem;
  const lines = [
    `Could not get "${spec.name}" (${spec.title}):`,
    ...failures.map((failure) => `  ${failure}`),
    ...(wrong ? [`The file that is there now, ${path}, is not it: ${wrong}.`] : []),
    "To put it there by hand:",
    ...urlsOf(spec, options).map((url) => `  download   ${url}`),
    `  save it as ${basename(path)}`,
    `  in         ${dirname(path)}`,
    ...(spec.sizeBytes === undefined ? [] : [`  size       ${spec.sizeBytes} bytes`]),
    ...(spec.md5 === undefined ? [] : [`  MD5        ${spec.md5}`]),
    ...(spec.sha256 === undefined ? [] : [`  SHA-256    ${spec.sha256}`]),
  ];
  return lines.join("\n");
}

export { type CacheOptions, defaultCacheDir, listWeights, verifyWeights, weightsPath } from "./cache.host.ts";
