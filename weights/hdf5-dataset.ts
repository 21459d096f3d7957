import type { Metadata } from "h5wasm";
import { WeightsFormatError } from "../src/errors.ts";
import { readAttribute } from "./hdf5-attribute.ts";
import { readNative } from "./hdf5-memory.ts";
import { datasetOfRows, type Hdf5Dataset } from "./hdf5-rows.ts";
import type { Hdf5Session } from "./hdf5-session.ts";
import { formatOf } from "./hdf5-type.ts";
import { decodeInto, elementCount, type NumberFormat, showShape } from "./number-format.ts";

/** Bytes read through the library at once: its memory never shrinks, so no large block may go through it. */
const blockBytes = 8 * 2 ** 20;
/** Largest growth by decompression that a real file shows; deflate itself ends at 1032. */
const maxGrowth = 1000;
/** Below this many bytes nothing can be learned from how much of the file a read touched. */
const watchedBytes = 16 * 2 ** 20;

/** A piece is unpacked as a whole, in memory that is kept for a file of this size. */
function largestChunk(fileBytes: number): number {
  return 24 * 2 ** 20 + fileBytes;
}

/** Checks that a data set is what Keras writes, and prepares to read it.
 * @throws WeightsFormatError for virtual data sets, unknown filters, types that are no numbers, impossible sizes */
export function openDataset(session: Hdf5Session, path: string, isOpen: () => boolean): Hdf5Dataset {
  const { module, fileId, source } = session;
  const kind = session.kind(path);
  const where = `${source.name}: ${path}`;
  if (kind !== "dataset") throw new WeightsFormatError(`${where} should be a data set and is ${kind}.`);
  const regular = session.resolve(path);
  const metadata = session.run(`reading the header of ${path}`, () => module.get_dataset_metadata(fileId, regular));
  const dtype = bfloat16Mark(session, regular, metadata) ?? formatOf(metadata, module);
  if (dtype === undefined)
    throw new WeightsFormatError(`${where} holds no plain numbers (HDF5 class ${metadata.type}).`);
  const shape = checkShape(where, metadata);
  checkStorage(session, regular, where, metadata);
  const reader = new RowReader(session, regular, { shape, dtype, metadata });
  const fill = reader.fill.bind(reader);
  return datasetOfRows({ path, shape, dtype, fileName: source.name, isOpen, fill });
}

/** Keras 3 stores bfloat16 as two opaque bytes and says so in an attribute. */
function bfloat16Mark(session: Hdf5Session, path: string, metadata: Metadata): NumberFormat | undefined {
  if (metadata.size !== 2) return undefined;
  return readAttribute(session, path, "dtype") === "bfloat16" ? "bf16" : undefined;
}

function checkShape(where: string, metadata: Metadata): readonly number[] {
  const shape = metadata.shape;
  if (!shape) throw new WeightsFormatError(`${where} has no shape (a null data space), so it holds no values.`);
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count * metadata.size) || shape.some((d) => !Number.isSafeInteger(d) || d < 0)) {
    throw new WeightsFormatError(`${where} declares the shape ${showShape(shape)}, which no file can hold.`);
  }
  return shape;
}

function checkStorage(session: Hdf5Session, path: string, where: string, metadata: Metadata): void {
  const { module, fileId, source } = session;
  if (metadata.virtual_sources) {
    const from = metadata.virtual_sources[0]?.file_name ?? "?";
    throw new WeightsFormatError(`${where} is a virtual data set over "${from}". Other files are never opened.`);
  }
  const declared = elementCount(metadata.shape ?? []) * metadata.size;
  if (!metadata.chunks) {
    if (declared <= source.size) return;
    throw new WeightsFormatError(
      `${where} declares ${declared} bytes, and the whole file has ${source.size}: ` +
        "it is damaged, or its values are stored in another file (external storage), which is never opened.",
    );
  }
  const chunkBytes = elementCount(metadata.chunks) * metadata.size;
  if (Math.max(declared, chunkBytes) > maxGrowth * source.size) {
    throw new WeightsFormatError(
      `${where} would grow to ${Math.max(declared, chunkBytes)} bytes from a file of ${source.size}: ` +
        `more than ${maxGrowth} times. That is no weights file.`,
    );
  }
  if (chunkBytes > largestChunk(source.size)) {
    throw new WeightsFormatError(
      `${where} is packed in pieces of ${chunkBytes} bytes, too large for a file of ${source.size}. ` +
        "Save it again with smaller chunks.",
    );
  }
  const filters = session.run(`reading the filters of ${path}`, () => module.get_dataset_filters(fileId, path));
  checkFilters(where, filters);
}

const deflateFilter = 1;
/** deflate, shuffle, fletcher32: what h5py offers everywhere. */
const knownFilters: readonly number[] = [deflateFilter, 2, 3];

function checkFilters(where: string, filters: readonly { id: number; name: string }[]): void {
  const unknown = filters.find((filter) => !knownFilters.includes(filter.id));
  if (unknown) {
    throw new WeightsFormatError(
      `${where} is packed with the filter "${unknown.name}" (number ${unknown.id}); gzip, shuffle and fletcher32 are known. ` +
        "Save it again with compression='gzip' or none.",
    );
  }
  if (filters.filter((filter) => filter.id === deflateFilter).length > 1) {
    throw new WeightsFormatError(`${where} is compressed several times over. That is no weights file.`);
  }
}

interface RowLayout {
  readonly shape: readonly number[];
  readonly dtype: NumberFormat;
  readonly metadata: Metadata;
}

class RowReader {
  private readonly session: Hdf5Session;
  private readonly path: string;
  private readonly layout: RowLayout;

  constructor(session: Hdf5Session, path: string, layout: RowLayout) {
    this.session = session;
    this.path = path;
    this.layout = layout;
  }

  fill(out: Float32Array, start: number, count: number): void {
    const { shape, metadata } = this.layout;
    const rowElements = elementCount(shape.slice(1));
    const watch = this.session.mount.watch;
    const fetchedBefore = watch.fetchedBytes;
    const step = this.rowsPerBlock(rowElements);
    for (let done = 0; done < count && out.length > 0; done += step) {
      const rowsNow = Math.min(step, count - done);
      this.readBlock(start + done, rowsNow, out, done * rowElements);
      this.checkFetched((done + rowsNow) * rowElements * metadata.size, watch.fetchedBytes - fetchedBefore);
    }
  }

  /** Whole chunks at a time, or every chunk would be unpacked once per block that meets it. */
  private rowsPerBlock(rowElements: number): number {
    const { metadata } = this.layout;
    const fitting = Math.max(1, Math.floor(blockBytes / Math.max(1, rowElements * metadata.size)));
    const chunkRows = metadata.chunks?.[0] ?? 1;
    return Math.max(chunkRows, Math.floor(fitting / chunkRows) * chunkRows);
  }

  private readBlock(start: number, count: number, out: Float32Array, at: number): void {
    const { shape, dtype, metadata } = this.layout;
    const { module, fileId } = this.session;
    const sizes = shape.length === 0 ? [] : [count, ...shape.slice(1)];
    const select = shape.length === 0 ? [null, null, null] : selection(start, sizes);
    const [counts, offsets, strides] = select;
    readNative(
      this.session,
      `reading ${this.path}`,
      elementCount(sizes) * metadata.size,
      (address) =>
        module.get_dataset_data(fileId, this.path, counts ?? null, offsets ?? null, strides ?? null, address),
      (bytes) => decodeInto(bytes, dtype, out, at),
    );
  }

  private where(): string {
    return `${this.session.source.name}: ${this.path}`;
  }

  /** HDF5 fills values that were never stored with zeros, and says nothing; so what was fetched is compared. */
  private checkFetched(producedBytes: number, fetchedBytes: number): void {
    const packed = this.layout.metadata.chunks !== null;
    if (packed && producedBytes > watchedBytes && producedBytes > maxGrowth * fetchedBytes) {
      throw new WeightsFormatError(
        `${this.where()}: ${fetchedBytes} stored bytes grew to ${producedBytes}, more than ${maxGrowth} times. ` +
          "That is no weights file, or its values were never written.",
      );
    }
    // Up to 64 KiB a data set may live in its header, which is read once and kept.
    if (!packed && producedBytes > 65536 && fetchedBytes < producedBytes) {
      throw new WeightsFormatError(`${this.where()}: the data set is declared, but its values were never written.`);
    }
  }
}

function selection(start: number, sizes: readonly number[]): bigint[][] {
  const offsets = sizes.map((_, axis) => (axis === 0 ? BigInt(start) : 0n));
  return [sizes.map(BigInt), offsets, sizes.map(() => 1n)];
}
