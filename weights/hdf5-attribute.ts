import type { Metadata } from "h5wasm";
import { WeightsFormatError } from "../src/errors.ts";
import { readNative } from "./hdf5-memory.ts";
import type { Hdf5Session } from "./hdf5-session.ts";
import { formatOf } from "./hdf5-type.ts";
import { decodeFloat32 } from "./number-format.ts";

export type AttributeValue = string | number | string[] | number[];

/** An attribute of strings or numbers; undefined when the object has none of that name. */
export function readAttribute(session: Hdf5Session, path: string, name: string): AttributeValue | undefined {
  const { module, fileId, source } = session;
  const what = `attribute "${name}" of ${path}`;
  if (!session.attributeNames(path).includes(name)) return undefined;
  const metadata = session.run(`reading ${what}`, () => module.get_attribute_metadata(fileId, path, name));
  const count = metadata.shape ? metadata.total_size : 0;
  const sizeBytes = count * metadata.size;
  if (!(sizeBytes <= source.size)) {
    throw new WeightsFormatError(`${source.name}: ${what} declares ${sizeBytes} bytes, more than the whole file.`);
  }
  const values = count === 0 ? [] : readValues(session, path, name, metadata, what);
  return metadata.shape?.length === 0 ? values[0] : (values as string[] | number[]);
}

function readValues(
  session: Hdf5Session,
  path: string,
  name: string,
  metadata: Metadata,
  what: string,
): string[] | number[] {
  const { module, fileId, source } = session;
  const classes = module.H5T_class_t;
  const sizeBytes = metadata.total_size * metadata.size;
  const read = <T>(decode: (bytes: Uint8Array, address: number) => T): T =>
    readNative(
      session,
      `reading ${what}`,
      sizeBytes,
      (at) => module.get_attribute_data(fileId, path, name, at),
      decode,
    );
  if (metadata.type === classes.H5T_STRING.value) {
    if (!metadata.vlen) return read((bytes) => fixedStrings(bytes, metadata.size));
    return read((bytes, address) => {
      const texts = variableStrings(bytes, module.HEAPU8);
      module.reclaim_vlen_memory(fileId, path, name, BigInt(address));
      return texts;
    });
  }
  const format = formatOf(metadata, module);
  if (format === undefined) {
    throw new WeightsFormatError(`${source.name}: ${what} holds neither text nor numbers.`);
  }
  return read((bytes) => [...decodeFloat32(bytes, format, what)]);
}

/** Texts side by side, each in so many bytes. */
export function fixedStrings(bytes: Uint8Array, size: number): string[] {
  const out: string[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(decodeText(bytes.subarray(at, at + size)));
  return out;
}

function variableStrings(bytes: Uint8Array, heap: Uint8Array): string[] {
  const addresses = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const start = addresses.getUint32(at, true);
    // Address 0 is how the library gives back an empty string.
    out.push(start === 0 ? "" : decodeText(heap.subarray(start)));
  }
  return out;
}

const utf8 = new TextDecoder();

/** Up to the first zero. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8.decode(bytes.slice(0, end < 0 ? bytes.length : end));
}
