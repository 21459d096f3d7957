import { WeightsFormatError } from "../src/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkCrc, inflateEntry } from "./zip-inflate.ts";
import { checkPlaces, type ListedEntry, readLocalHeaders, type ZipEntry } from "./zip-local.ts";

/** A zip archive, read where it lies: nothing is unpacked but the entry asked for, and that only into memory. */
export interface ZipFile {
  readonly name: string;
  /** In the order of the directory; folders are left out. */
  readonly entries: readonly ZipEntry[];
  /** The entry's bytes as a source of their own: a stored entry is a range of the archive, a deflated one is unpacked
   * into memory. Closing it leaves the archive open.
   * @throws WeightsFormatError when there is no such entry, or it cannot be unpacked */
  entrySource(entryName: string): ByteSource;
  /** All of an entry's bytes, their checksum tested: a stored entry's source cannot do that before it is read through.
   * @throws as `entrySource`, and for a wrong checksum */
  readEntry(entryName: string): Uint8Array;
  close(): void;
}

const endBytes = 22;
const longestComment = 0xffff;
const headerBytes = 46;
const mostEntries = 4096;
/** Largest growth that is believed; text and weights stay far below. */
const maxGrowth = 100;
const stored = 0;
const deflated = 8;

/** Reads the directory of a zip archive and checks it against the local headers. The source belongs to it from here on.
 * @throws WeightsFormatError for damage, zip64, encryption, unsafe or repeated names, overlaps, growth over 100x
 * @see    PKWARE APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (end of directory) */
export function openZip(source: ByteSource): ZipFile {
  try {
    const directory = readEnd(source);
    const listed = readDirectory(source, directory);
    refuseRepeats(source, listed);
    const entries = readLocalHeaders(source, listed, directory.start);
    checkPlaces(source, entries, directory.start);
    return zipFile(
      source,
      entries.filter((entry) => !entry.name.endsWith("/")),
    );
  } catch (error) {
    source.close();
    throw error;
  }
}

function zipFile(source: ByteSource, entries: readonly ZipEntry[]): ZipFile {
  const find = (entryName: string): ZipEntry => {
    const entry = entries.find((candidate) => candidate.name === entryName);
    if (entry) return entry;
    throw new WeightsFormatError(`${source.name}: there is no "${entryName}" in this zip archive.`);
  };
  return {
    name: source.name,
    entries,
    entrySource: (entryName) => openEntry(source, find(entryName)),
    readEntry(entryName) {
      const entry = find(entryName);
      const bytes = openEntry(source, entry).read(0, entry.sizeBytes);
      checkCrc(`${source.name}: ${entryName}`, bytes, entry.crc);
      return bytes;
    },
    close: () => source.close(),
  };
}

function openEntry(source: ByteSource, entry: ZipEntry): ByteSource {
  if (entry.method === stored) return rangeSource(source, entry);
  if (entry.method === deflated) return inflateEntry(source, entry);
  throw new WeightsFormatError(
    `${source.name}: "${entry.name}" is packed with method ${entry.method}; stored (0) and deflated (8) are known. ` +
      "Keras writes stored entries: save the model again.",
  );
}

/** A stored entry's bytes where they lie. */
function rangeSource(source: ByteSource, entry: ZipEntry): ByteSource {
  const name = `${source.name}: ${entry.name}`;
  const size = entry.sizeBytes;
  const inside = (offset: number, length: number): void => {
    if (offset >= 0 && length >= 0 && offset + length <= size) return;
    throw new WeightsFormatError(
      `${name}: wanted bytes ${offset} to ${offset + length} of an entry of ${size} bytes. The file is damaged or was ` +
        "cut short: get it again.",
    );
  };
  const { readInto } = source;
  return {
    name,
    size,
    read(offset, length) {
      inside(offset, length);
      return source.read(entry.dataStart + offset, length);
    },
    ...(readInto && {
      readInto(offset: number, target: Uint8Array) {
        inside(offset, target.length);
        readInto.call(source, entry.dataStart + offset, target);
      },
    }),
    close() {},
  };
}

interface Directory {
  readonly start: number;
  readonly sizeBytes: number;
  readonly count: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The record at the very end. A comment may follow it, in which a second such record could hide: that is refused. */
function readEnd(source: ByteSource): Directory {
  const { name, size } = source;
  const tailStart = Math.max(0, size - endBytes - longestComment);
  const tail = viewOf(source.read(tailStart, size - tailStart));
  const found: number[] = [];
  for (let at = tail.byteLength - endBytes; at >= 0; at--)
    if (tail.getUint32(at, true) === 0x06054b50 && at + endBytes + tail.getUint16(at + 20, true) === tail.byteLength)
      found.push(at);
  const [at, ...more] = found;
  if (at === undefined)
    throw new WeightsFormatError(
      `${name} begins as a zip archive but has no directory at its end: it was cut short. Download or copy it again.`,
    );
  if (more.length > 0) throw new WeightsFormatError(`${name}: this zip archive has ${found.length} ends. Refused.`);
  const [count, sizeBytes, start] = [
    tail.getUint16(at + 10, true),
    tail.getUint32(at + 12, true),
    tail.getUint32(at + 16, true),
  ];
  if (count === 0xffff || sizeBytes === 0xffffffff || start === 0xffffffff)
    throw new WeightsFormatError(`${name} is a zip64 archive (over 4 GiB or 65534 entries); those are not read.`);
  if (
    tail.getUint16(at + 4, true) !== 0 ||
    tail.getUint16(at + 6, true) !== 0 ||
    tail.getUint16(at + 8, true) !== count
  )
    throw new WeightsFormatError(`${name} is one part of a zip archive in several files; join them first.`);
  if (start + sizeBytes !== tailStart + at)
    throw new WeightsFormatError(
      `${name}: the zip directory should reach from byte ${start} to ${start + sizeBytes}, but its end stands at ` +
        `${tailStart + at}. The file is damaged, or something was added to it.`,
    );
  if (count > mostEntries)
    throw new WeightsFormatError(`${name}: a zip archive of ${count} entries; at most ${mostEntries} are read.`);
  return { start, sizeBytes, count };
}

function readDirectory(source: ByteSource, { start, sizeBytes, count }: Directory): ListedEntry[] {
  const bytes = source.read(start, sizeBytes);
  const entries: ListedEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const left = sizeBytes - at;
    const view = left >= headerBytes ? viewOf(bytes.subarray(at)) : undefined;
    const length = view
      ? headerBytes + view.getUint16(28, true) + view.getUint16(30, true) + view.getUint16(32, true)
      : Number.POSITIVE_INFINITY;
    if (view?.getUint32(0, true) !== 0x02014b50 || length > left)
      throw new WeightsFormatError(`${source.name}: entry ${i + 1} of ${count} in the zip directory is damaged.`);
    entries.push(listedEntry(source, view, bytes.subarray(at + headerBytes)));
    at += length;
  }
  if (at !== sizeBytes)
    throw new WeightsFormatError(`${source.name}: ${sizeBytes - at} bytes of the zip directory belong to no entry.`);
  return entries;
}

function listedEntry(source: ByteSource, view: DataView, rest: Uint8Array): ListedEntry {
  const name = entryName(source.name, rest.subarray(0, view.getUint16(28, true)));
  const flags = view.getUint16(8, true);
  const [packedBytes, sizeBytes, headerStart] = [20, 24, 42].map((offset) => view.getUint32(offset, true)) as [
    number,
    number,
    number,
  ];
  const entry: ListedEntry = {
    name,
    flags,
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    packedBytes,
    sizeBytes,
    headerStart,
  };
  checkEntry(`${source.name}: "${name}"`, entry);
  return entry;
}

function checkEntry(where: string, { flags, method, packedBytes, sizeBytes, headerStart }: ListedEntry): void {
  const fail = (why: string): never => {
    throw new WeightsFormatError(`${where} ${why}.`);
  };
  // Bits 0, 6 and 13: encrypted, strongly encrypted, with a hidden directory.
  if (flags & 0x2041) fail("in this zip archive is encrypted: unpack it with its password and pack it again");
  if ([packedBytes, sizeBytes, headerStart].includes(0xffffffff)) fail("needs zip64 (over 4 GiB), which is not read");
  if (method === stored && packedBytes !== sizeBytes)
    fail(`is stored as it is, but declares ${packedBytes} bytes in the archive and ${sizeBytes} outside`);
  if (sizeBytes > maxGrowth * packedBytes)
    fail(`would grow from ${packedBytes} to ${sizeBytes} bytes, more than ${maxGrowth} times. That is no weights file`);
}

const longestName = 1024;

function entryName(file: string, bytes: Uint8Array): string {
  let name = "";
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WeightsFormatError(`${file}: a name in the zip directory is no UTF-8 text.`, { cause });
  }
  const steps = (name.endsWith("/") ? name.slice(0, -1) : name).split("/");
  const odd = steps.some((step) => step === "" || step === "." || step === "..");
  const printable = [...name].every((character) => character >= " " && character !== "\\" && character !== ":");
  if (odd || !printable || name.length > longestName)
    throw new WeightsFormatError(
      `${file}: the name ${JSON.stringify(name.slice(0, 100))} in the zip archive is unsafe.`,
    );
  return name;
}

function refuseRepeats(source: ByteSource, entries: readonly ListedEntry[]): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    // Two names that differ in case only are one file on many systems.
    const key = name.toLowerCase();
    if (seen.has(key)) throw new WeightsFormatError(`${source.name}: the zip archive lists "${name}" twice.`);
    seen.add(key);
  }
}
