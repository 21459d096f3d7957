/** Takes the bytes of one file in order. */
export interface ByteSink {
  /** The bytes are the sink's from here on: nobody writes to them again. */
  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
}

/** A sink that makes a Blob, which a browser may keep on disk. */
export class BlobSink implements ByteSink {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(bytes);
  }

  /** What was written, as one Blob. */
  finish(): Blob {
    return new Blob(this.#parts, { type: "application/octet-stream" });
  }
}
