import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { homedir, platform } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { type KnownFile, knownFile, knownFiles } from "./registry.ts";

export interface CacheOptions {
  /** Where weight files are kept; by default `defaultCacheDir()`. */
  readonly cacheDir?: string;
  /** Keras' own cache, whose right files are used where they lie; by default `~/.keras/models`. */
  readonly kerasDir?: string;
}

/** `$BACKLIGHT_CACHE`, or the system's own place for caches. */
export function defaultCacheDir(): string {
  const env = process.env;
  if (env.BACKLIGHT_CACHE) return env.BACKLIGHT_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "backlight");
  if (platform() === "win32")
    return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "backlight", "cache");
  if (platform() === "darwin") return join(homedir(), "Library", "Caches", "backlight");
  return join(homedir(), ".cache", "backlight");
}

/** Where `fetchWeights` keeps a known file, there or not.
 * @throws UnknownNameError */
export function weightsPath(name: string, options: CacheOptions = {}): string {
  return cachePath(knownFile(name), options);
}

/** `weightsPath` of a file described by the caller. */
export function cachePath(spec: KnownFile, options: CacheOptions): string {
  return join(options.cacheDir ?? defaultCacheDir(), spec.file);
}

/** Where the same file would lie in Keras' own cache. */
function kerasPath(spec: KnownFile, options: CacheOptions): string {
  const kerasHome = process.env.KERAS_HOME ?? join(homedir(), ".keras");
  return join(options.kerasDir ?? join(kerasHome, "models"), spec.kerasFile);
}

/** The hash of a file, in hexadecimal, read in pieces of 4 MiB. */
function fileHash(path: string, algorithm: "md5" | "sha256"): string {
  const hash = createHash(algorithm);
  const piece = new Uint8Array(4 * 2 ** 20);
  const fd = openSync(path, "r");
  try {
    for (let got = readSync(fd, piece); got > 0; got = readSync(fd, piece)) hash.update(piece.subarray(0, got));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

/** What is wrong with the bytes of a file whose size is right; undefined where nothing is, or no hash is known. */
export function hashProblem(path: string, { md5, sha256 }: Pick<KnownFile, "md5" | "sha256">): string | undefined {
  const wanted = sha256 ?? md5;
  if (wanted === undefined) return undefined;
  const algorithm = sha256 === undefined ? "md5" : "sha256";
  const got = fileHash(path, algorithm);
  return got === wanted ? undefined : `${algorithm === "md5" ? "MD5" : "SHA-256"} is ${got}, not ${wanted}`;
}

/** What is known about a file on disk: undefined where there is none. */
export interface FileCheck {
  readonly path: string;
  readonly ok: boolean;
  readonly sizeBytes: number;
  /** What is wrong, in words; absent when `ok`. */
  readonly problem?: string;
}

/** Compares a file with the registry: its size first, then its hash.
 * @param remember skips the hash of a file that has not changed since it was last found right */
export function checkFile(path: string, spec: KnownFile, remember?: string): FileCheck | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  const found = { path, sizeBytes: stat.size };
  if (spec.sizeBytes !== undefined && stat.size !== spec.sizeBytes)
    return { ...found, ok: false, problem: `it has ${stat.size} bytes, not ${spec.sizeBytes}` };
  const { md5, sha256 } = spec;
  const stamp = JSON.stringify({ path, sizeBytes: stat.size, mtimeMs: stat.mtimeMs, md5, sha256 });
  if (remember !== undefined && readStamp(remember) === stamp) return { ...found, ok: true };
  const problem = hashProblem(path, spec);
  if (problem !== undefined) return { ...found, ok: false, problem: `its ${problem}` };
  if (remember !== undefined) writeStamp(remember, stamp);
  return { ...found, ok: true };
}

function readStamp(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function writeStamp(path: string, stamp: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, stamp);
  } catch {
    // A read-only cache only costs the time of the next check.
  }
}

/** A right copy of a known file, in the cache or in Keras' cache. Undefined when there is none.
 * The hash of a file found right is not computed again while the file does not change. */
export function findFile(spec: KnownFile, options: CacheOptions): FileCheck | undefined {
  const path = cachePath(spec, options);
  const own = checkFile(path, spec, `${path}.verified`);
  if (own?.ok) return own;
  const theirs = checkFile(kerasPath(spec, options), spec, `${path}.keras-verified`);
  return theirs?.ok ? theirs : undefined;
}

/** Reads a known file from disk and compares it with the registry, trusting no earlier check.
 * @returns undefined when neither cache has such a file; `ok: false` with the problem when it is wrong
 * @throws  UnknownNameError */
export function verifyWeights(name: string, options: CacheOptions = {}): FileCheck | undefined {
  const spec = knownFile(name);
  return checkFile(cachePath(spec, options), spec) ?? checkFile(kerasPath(spec, options), spec);
}

export interface ListedWeights extends KnownFile {
  readonly path: string;
  /** `partial`: a download was begun and can go on; `wrong-size`: a file of that name is there that is not the one. */
  readonly state: "present" | "keras-cache" | "partial" | "wrong-size" | "absent";
}

/** All known files and where they stand, judged by their sizes: `verifyWeights` reads them. */
export function listWeights(options: CacheOptions = {}): ListedWeights[] {
  return knownFiles.map((spec) => {
    const path = cachePath(spec, options);
    const theirs = kerasPath(spec, options);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (fits(size, spec)) return { ...spec, path, state: "present" };
    if (fits(statSync(theirs, { throwIfNoEntry: false })?.size, spec))
      return { ...spec, path: theirs, state: "keras-cache" };
    if (size !== undefined) return { ...spec, path, state: "wrong-size" };
    return { ...spec, path, state: existsSync(`${path}.part`) ? "partial" : "absent" };
  });
}

function fits(size: number | undefined, { sizeBytes }: KnownFile): boolean {
  return size !== undefined && (sizeBytes === undefined || size === sizeBytes);
}
