import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, bytesSource, checkRange } from "./byte-source.ts";

/** What only a browser's workers have: a Blob's bytes without waiting. */
interface SyncReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Small reads come from a window of this size: each one from the Blob is a message to another process. */
const windowBytes = 64 * 1024;

/** Browsers give no fewer bytes than this at once. */
const leastTooLarge = 2 ** 30;

/** A source over a Blob or a File, named as the File is. In a browser's worker it is read range by range, so that a
 * file larger than memory allows can be loaded; elsewhere a Blob gives its bytes only asynchronously, and all of them
 * are held until `close()`.
 * @throws WeightsFormatError when the file was changed or removed after it was chosen, or is larger than the host gives at once */
export async function blobSource(blob: Blob): Promise<ByteSource> {
  const name = "name" in blob && typeof blob.name === "string" ? blob.name : "the file";
  const { FileReaderSync } = globalThis as { FileReaderSync?: new () => SyncReader };
  if (FileReaderSync) return rangeSource(blob, name, new FileReaderSync());
  return bytesSource(await wholeOf(blob, name), name);
}

async function wholeOf(blob: Blob, name: string): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    if (blob.size < leastTooLarge || !(await isThere(blob))) return reject(name, cause);
    throw new WeightsFormatError(
      `${name} has ${(blob.size / 1e9).toFixed(1)} GB, more than this page can hold at once. Where a browser's worker, Node ` +
        "or Deno loads it, it is read piece by piece; or save it smaller: backlight weights convert IN OUT --dtype float16.",
      { cause },
    );
  }
}

/** Browsers say the same of a file that is gone and of one that is too large: the first byte tells them apart. */
async function isThere(blob: Blob): Promise<boolean> {
  const first = await blob
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => undefined);
  return first !== undefined;
}

function rangeSource(blob: Blob, name: string, reader: SyncReader): ByteSource {
  const { size } = blob;
  let isOpen = true;
  let window = { start: 0, bytes: new Uint8Array(0) };
  const fetch = (start: number, length: number): Uint8Array<ArrayBuffer> => {
    try {
      return new Uint8Array(reader.readAsArrayBuffer(blob.slice(start, start + length)));
    } catch (cause) {
      return reject(name, cause);
    }
  };
  return {
    name,
    size,
    read(offset, length) {
      if (!isOpen) throw new WeightsFormatError(`${name}: read after close().`);
      checkRange(name, size, offset, length);
      if (length > windowBytes) return fetch(offset, length);
      const isInside = offset >= window.start && offset + length <= window.start + window.bytes.length;
      if (!isInside) window = { start: offset, bytes: fetch(offset, windowBytes) };
      return window.bytes.slice(offset - window.start, offset - window.start + length);
    },
    close() {
      isOpen = false;
      window = { start: 0, bytes: new Uint8Array(0) };
    },
  };
}

function reject(name: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new WeightsFormatError(`${name} cannot be read: ${why} Choose the file again.`, { cause });
}
