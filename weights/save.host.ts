import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { BacklightError } from "../src/errors.ts";
import type { Model } from "../src/nn/model.ts";
import type { ByteSink } from "./byte-sink.ts";
import { type SaveFormat, type SaveOptions, saveFormats, saveModelTo } from "./save.ts";

/** A file that appears whole or not at all: it is written under another name beside its place, and renamed at the end. */
export class FileSink implements ByteSink {
  readonly path: string;
  sizeBytes = 0;
  readonly #staging: string;
  readonly #overwrite: boolean;
  #fd: number | undefined;

  /** Finds out at once whether the file can be written.
   * @throws BacklightError if not, or if there is a file already and `overwrite` is not set */
  constructor(path: string, { overwrite = false }: { overwrite?: boolean } = {}) {
    this.path = path;
    this.#overwrite = overwrite;
    this.#refuseExisting();
    this.#staging = join(dirname(path), `.${basename(path)}-${process.pid}-${randomBytes(4).toString("hex")}`);
    this.#fd = this.#try(() => openSync(this.#staging, "wx"));
  }

  write(bytes: Uint8Array): void {
    const fd = this.#fd;
    if (fd === undefined) throw new BacklightError(`${this.path}: written to after it was closed`);
    this.#try(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    });
    this.sizeBytes += bytes.length;
  }

  /** Moves the file to its place.
   * @throws BacklightError, and leaves nothing */
  commit(): void {
    try {
      this.#refuseExisting();
      this.#try(() => {
        if (this.#fd !== undefined) fsyncSync(this.#fd);
        this.#close();
        renameSync(this.#staging, this.path);
      });
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Leaves nothing behind; after `commit` it does nothing. */
  discard(): void {
    this.#close();
    rmSync(this.#staging, { force: true });
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  #refuseExisting(): void {
    if (this.#overwrite || !existsSync(this.path)) return;
    throw new BacklightError(
      `${this.path} is there already, and is not overwritten unless you ask for it (--force, or the option overwrite).`,
    );
  }

  #try<T>(body: () => T): T {
    try {
      return body();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new BacklightError(`cannot write ${this.path}: ${why}`, { cause });
    }
  }
}

export interface SaveFileOptions extends Omit<SaveOptions, "format"> {
  /** Told from the path's ending unless given. */
  readonly format?: SaveFormat;
  /** Replace a file that is there. */
  readonly overwrite?: boolean;
}

/** Saves a model on disk, all at once or not at all.
 * @throws BacklightError where the file is there already or cannot be written, else as `saveModel` */
export async function saveModelFile(model: Model, path: string, options: SaveFileOptions = {}): Promise<void> {
  const { format = formatOfPath(path), overwrite = false } = options;
  await writeWhole(new FileSink(path, { overwrite }), (sink) => saveModelTo(model, sink, { ...options, format }));
}

/** Runs `body` on a file's sink, and puts the file in place if that ends well. */
export async function writeWhole(sink: FileSink, body: (sink: FileSink) => Promise<void>): Promise<void> {
  try {
    await body(sink);
    sink.commit();
  } finally {
    sink.discard();
  }
}

/** What a file of that name shall be: the longest ending counts.
 * @throws BacklightError for any other ending */
export function formatOfPath(path: string): SaveFormat {
  const name = basename(path).toLowerCase();
  const byLength = saveFormats.toSorted((a, b) => b.length - a.length);
  const format = byLength.find((ending) => name.endsWith(`.${ending}`));
  if (format !== undefined) return format;
  const known = saveFormats.map((ending) => `.${ending}`).join(", ");
  throw new BacklightError(`${path}: the ending tells the format, and must be one of ${known}.`);
}
