import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, bytesSource, checkRange } from "./byte-source.ts";

/** What only a browser's workers have: a Blob's bytes without waiting. */
interface SyncReader {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Small reads come from a window of this size: each one from the Blob is a message to another process. */
const windowBytes = 64 * 1024;

/** A source over a Blob or a File, named as the File is. In a browser's worker it is read range by range, so that a
 * file larger than memory allows can be loaded; elsewhere a Blob gives its bytes only asynchronously, and all of them
 * are held until `close()`.
 * @throws WeightsFormatError when the file was changed or removed after it was chosen */
export async function blobSource(blob: Blob): Promise<ByteSource> {
  const name = "name" in blob && typeof blob.name === "string" ? blob.name : "the file";
  const { FileReaderSync } = globalThis as { FileReaderSync?: new () => SyncReader };
  if (FileReaderSync) return rangeSource(blob, name, new FileReaderSync());
  return bytesSource(await blob.arrayBuffer().catch((cause: unknown) => reject(name, cause)), name);
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
