import { WeightsFormatError } from "../src/errors.ts";

/** Synchronous random access to the bytes of one file, wherever they are. */
export interface ByteSource {
  /** What messages call it: a path, a URL, a file name. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; throws WeightsFormatError past the end. */
  read(offset: number, length: number): Uint8Array;
  /** Fills `target` from `offset`: what `read` does, without a new array. Optional; a plain `read` serves as well. */
  readInto?(offset: number, target: Uint8Array): void;
  close(): void;
}

/** A source over bytes already in memory.
 * @throws WeightsFormatError when a read goes past the end or comes after `close` */
export function bytesSource(bytes: Uint8Array | ArrayBuffer, name: string): ByteSource {
  let held: Uint8Array | undefined = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const size = held.length;
  return {
    name,
    size,
    read(offset, length) {
      if (!held) throw new WeightsFormatError(`${name}: read after close().`);
      checkRange(name, size, offset, length);
      return held.subarray(offset, offset + length);
    },
    close() {
      held = undefined;
    },
  };
}

/** Throws WeightsFormatError unless [offset, offset + length) lies inside a file of `size` bytes. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (whole && offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new WeightsFormatError(
    `${name}: wanted bytes ${offset} to ${offset + length} of a file of ${size} bytes. ` +
      "The file is damaged or was cut short: get it again.",
  );
}

/** Runs what opens a file on something that belongs to it from here on: if that fails, it is closed.
 * @throws what `body` throws */
export async function orClose<T>(owned: { close(): void }, body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    owned.close();
    throw error;
  }
}
