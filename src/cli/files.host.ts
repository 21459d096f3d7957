import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { BacklightError } from "../errors.ts";

const sentences: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "a file of that name is in the way",
  EISDIR: "it is a folder; a file is wanted",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
};

const MOST_TEXT_BYTES = 512 * 1024 * 1024;

/** Why the file system refused, in words. */
function fileReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return sentences[code] ?? (error instanceof Error ? error.message : String(error));
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** A whole file.
 * @throws BacklightError saying what `what` ("the image") could not be read, and why */
export function readWhole(path: string, what: string): Uint8Array {
  try {
    // a folder opens without complaint on some systems
    if (isFolder(path)) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new BacklightError(`cannot read ${what} ${path}: ${fileReason(cause)}.`, { cause });
  }
}

/** A whole file of text.
 * @throws BacklightError saying what `what` ("the box file") could not be read, and why */
export function readText(path: string, what: string): string {
  const bytes = readWhole(path, what);
  if (bytes.length > MOST_TEXT_BYTES)
    throw new BacklightError(`${path} has ${bytes.length} bytes; ${what} has at most ${MOST_TEXT_BYTES}.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BacklightError(`${path} is no text in UTF-8.`, { cause });
  }
}

/** Signals that end the program, and the exit codes that shells know them by. */
export const endings = { SIGINT: 130, SIGTERM: 143 };

/** Files that appear in a folder all at once or not at all: they are written into a hidden folder inside it, and moved
 * at the end. */
export class OutputFolder {
  readonly path: string;
  readonly #staging: string;
  readonly #made: readonly string[];
  readonly #names: string[] = [];
  readonly #handlers = Object.entries(endings).map(([signal, code]) => {
    const end = () => {
      this.discard();
      process.exit(code);
    };
    return { signal, end };
  });

  /** Finds out at once whether the folder can be written to.
   * @throws BacklightError if not */
  constructor(path: string) {
    this.path = path;
    this.#made = missingFolders(path);
    this.#staging = join(path, `.backlight-${process.pid}-${randomBytes(4).toString("hex")}`);
    try {
      // one by one: where nothing can be made, as in /proc, Node's own recursion never ends
      for (const folder of this.#made.toReversed()) mkdirSync(folder);
      mkdirSync(this.#staging);
    } catch (cause) {
      this.#removeFolders();
      throw new BacklightError(`cannot write to the folder ${path}: ${fileReason(cause)}. Choose another with --out.`, {
        cause,
      });
    }
    for (const { signal, end } of this.#handlers) process.once(signal, end);
  }

  write(name: string, bytes: Uint8Array | string): void {
    try {
      writeFileSync(join(this.#staging, name), bytes);
    } catch (cause) {
      throw new BacklightError(`cannot write ${join(this.path, name)}: ${fileReason(cause)}.`, { cause });
    }
    this.#names.push(name);
  }

  /** Moves everything into place; files of the same names are replaced.
   * @throws BacklightError, and moves nothing, where a folder has the name of a file */
  commit(): void {
    for (const path of this.#names.map((name) => join(this.path, name)))
      if (isFolder(path)) throw new BacklightError(`cannot write ${path}: a folder of that name is in the way.`);
    try {
      for (const name of this.#names) renameSync(join(this.#staging, name), join(this.path, name));
    } catch (cause) {
      throw new BacklightError(`cannot move a file into ${this.path}: ${fileReason(cause)}.`, { cause });
    }
  }

  /** Leaves nothing behind but what was moved into place. */
  discard(): void {
    for (const { signal, end } of this.#handlers) process.off(signal, end);
    rmSync(this.#staging, { recursive: true, force: true });
    this.#removeFolders();
  }

  /** Folders that this object made, the innermost first; one that holds anything stays. */
  #removeFolders(): void {
    for (const folder of this.#made) {
      try {
        rmdirSync(folder);
      } catch {
        // Not made after all, or in use by now.
      }
    }
  }
}

function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.push(at);
  return missing;
}

/** Runs `body` with a folder whose files appear when it ends well, and not at all when it fails. */
export async function writeFolder<T>(path: string, body: (folder: OutputFolder) => Promise<T>): Promise<T> {
  const folder = new OutputFolder(path);
  try {
    const result = await body(folder);
    folder.commit();
    return result;
  } finally {
    folder.discard();
  }
}
