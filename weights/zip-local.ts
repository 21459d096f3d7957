import { WeightsFormatError } from "../src/errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** One file in a zip archive. */
export interface ZipEntry {
  readonly name: string;
  readonly flags: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  /** CRC-32 of the unpacked bytes. */
  readonly crc: number;
  /** In the archive. */
  readonly packedBytes: number;
  /** Unpacked. */
  readonly sizeBytes: number;
  readonly headerStart: number;
  readonly dataStart: number;
}

/** An entry as the directory lists it: where its data begin is known from its local header only. */
export type ListedEntry = Omit<ZipEntry, "dataStart">;

const headerBytes = 30;

/** Finds where each entry's data begin, and refuses local headers that tell another story than the directory: programs
 * differ in which of the two they believe. */
export function readLocalHeaders(source: ByteSource, listed: readonly ListedEntry[], end: number): ZipEntry[] {
  return listed.map((entry) => {
    const where = `${source.name}: "${entry.name}"`;
    if (entry.headerStart + headerBytes > end)
      throw new WeightsFormatError(
        `${where}: the zip directory says it begins at byte ${entry.headerStart}, past the data.`,
      );
    const bytes = source.read(entry.headerStart, headerBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
    const [nameBytes, extraBytes] = [view.getUint16(26, true), view.getUint16(28, true)];
    const dataStart = entry.headerStart + headerBytes + nameBytes + extraBytes;
    if (view.getUint32(0, true) !== 0x04034b50 || dataStart + entry.packedBytes > end)
      throw new WeightsFormatError(
        `${where}: what stands at byte ${entry.headerStart} is no such zip entry. It is damaged.`,
      );
    const rest = source.read(entry.headerStart + headerBytes, nameBytes + extraBytes);
    const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(rest.subarray(0, nameBytes));
    const differs =
      localDifference(view, rest.subarray(nameBytes), entry) ?? (name === entry.name ? undefined : "name");
    if (differs !== undefined)
      throw new WeightsFormatError(`${where}: the zip directory and the entry's own header differ in the ${differs}.`);
    return { ...entry, dataStart };
  });
}

/** Sizes may be left out (bit 3: they follow the data), or stand in a zip64 field as Python writes it beforehand. */
function localDifference(view: DataView, extra: Uint8Array, entry: ListedEntry): string | undefined {
  const flags = view.getUint16(6, true);
  if (view.getUint16(8, true) !== entry.method) return "method";
  if ((flags & 0x2041) !== 0) return "encryption";
  if ((flags & 8) !== (entry.flags & 8)) return "flags";
  const large = zip64Sizes(extra);
  const [crc, packed, size] = [view.getUint32(14, true), view.getUint32(18, true), view.getUint32(22, true)];
  const later = (flags & 8) !== 0;
  const agrees = (local: number, long: number | undefined, wanted: number): boolean =>
    local === wanted || (later && local === 0) || (local === 0xffffffff && (long === wanted || (later && long === 0)));
  if (!agrees(packed, large?.packed, entry.packedBytes) || !agrees(size, large?.size, entry.sizeBytes)) return "size";
  return crc === entry.crc || (later && crc === 0) ? undefined : "checksum";
}

/** The extra field number 1: both sizes as 64 bits, the unpacked one first. */
function zip64Sizes(extra: Uint8Array): { size: number; packed: number } | undefined {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    const isLarge = view.getUint16(at, true) === 1 && view.getUint16(at + 2, true) >= 16 && at + 20 <= extra.length;
    if (isLarge)
      return { size: Number(view.getBigUint64(at + 4, true)), packed: Number(view.getBigUint64(at + 12, true)) };
  }
  return undefined;
}

/** Throws when two entries share bytes: so a small archive can hold the same data many times over. */
export function checkPlaces(source: ByteSource, entries: readonly ZipEntry[], end: number): void {
  const placed = entries.toSorted((a, b) => a.headerStart - b.headerStart);
  for (const [i, entry] of placed.entries()) {
    const dataEnd = entry.dataStart + entry.packedBytes;
    const next = placed[i + 1];
    if (dataEnd > (next?.headerStart ?? end))
      throw new WeightsFormatError(
        `${source.name}: the zip entries "${entry.name}" and ${next ? `"${next.name}"` : "the directory"} overlap.`,
      );
  }
}
