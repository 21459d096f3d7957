import { WeightsFormatError } from "../src/errors.ts";
import { showJson } from "../src/nn/untrusted.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkRows, decodeFloat32, elementCount, formatBytes, type NumberFormat } from "./number-format.ts";
import { readNumbers } from "./read-numbers.ts";
import { looksLike } from "./sniff.ts";
import { parseStrictJson } from "./strict-json.ts";
import { decodeUtf8 } from "./utf8.ts";

/** One tensor of a safetensors file; nothing is read until `read` is called. */
export interface SafeTensor {
  /** As the file writes it: F16, BF16, F32, F64, I8 ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In the file. */
  readonly sizeBytes: number;
  /** The values as float32, in C order. */
  read(): Float32Array;
  /** Rows [start, start + count) along the first axis. */
  readRows(start: number, count: number): Float32Array;
  /** Fills `target` with as many rows from `start` on as it holds: what `readRows` does, without a new array. */
  readRowsInto(start: number, target: Float32Array): void;
}

export interface SafeTensors {
  readonly metadata: Record<string, string>;
  /** In the order of their data. */
  readonly tensors: Map<string, SafeTensor>;
}

const formats: Readonly<Record<string, NumberFormat>> = {
  F16: "f16",
  BF16: "bf16",
  F32: "f32",
  F64: "f64",
  I8: "i8",
  U8: "u8",
  I16: "i16",
  U16: "u16",
  I32: "i32",
  U32: "u32",
  I64: "i64",
  U64: "u64",
  BOOL: "bool",
};
const maxHeaderBytes = 100_000_000;

/** Reads the header of a safetensors file, strictly; the tensors are read when asked for.
 * @throws WeightsFormatError for bad lengths, repeated keys, holes, overlaps, unknown types
 * @see    the safetensors format description (huggingface/safetensors, README) */
export function readSafetensors(source: ByteSource): SafeTensors {
  const { header, dataStart } = readHeader(source);
  const { __metadata__: rawMetadata, ...entries } = header;
  const metadata = checkMetadata(source.name, rawMetadata);
  const placed = Object.entries(entries).map(([name, entry]) => checkEntry(source.name, name, entry));
  placed.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(source, placed, dataStart);
  const tensors = new Map(
    placed.map((entry): [string, SafeTensor] => [entry.name, safeTensor(source, entry, dataStart)]),
  );
  return { metadata, tensors };
}

function safeTensor(source: ByteSource, entry: Placed, dataStart: number): SafeTensor {
  const { name, dtype, format, shape, begin, end } = entry;
  const what = `${source.name}: "${name}"`;
  const rows = shape[0] ?? 1;
  const rowBytes = (end - begin) / Math.max(1, rows);
  const placeOf = (start: number, count: number): [offset: number, length: number] => {
    checkRows(what, rows, { start, count });
    return [dataStart + begin + start * rowBytes, count * rowBytes];
  };
  return {
    dtype,
    shape,
    sizeBytes: end - begin,
    read: () => decodeFloat32(source.read(dataStart + begin, end - begin), format, what),
    readRows: (start, count) => decodeFloat32(source.read(...placeOf(start, count)), format, what),
    readRowsInto(start, target) {
      const count = (target.length * formatBytes[format]) / Math.max(1, rowBytes);
      const [offset] = placeOf(start, count);
      readNumbers(source, { offset, format }, target);
    },
  };
}

function readHeader(source: ByteSource): { header: Record<string, unknown>; dataStart: number } {
  const fail = (why: string): never => {
    const head = source.read(0, Math.min(source.size, 256));
    throw new WeightsFormatError(`${source.name} is not a safetensors file: ${why}. It looks like ${looksLike(head)}.`);
  };
  if (source.size < 8) fail(`it has ${source.size} bytes`);
  const lengthBytes = source.read(0, 8);
  const length = Number(new DataView(lengthBytes.buffer, lengthBytes.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes)
    fail(`its first 8 bytes ask for a header of ${length} bytes (at most ${maxHeaderBytes})`);
  if (8 + length > source.size) fail(`its header of ${length} bytes does not fit in ${source.size} bytes`);
  const bytes = source.read(8, length);
  const text = bytes[0] === 0x7b ? decodeUtf8(bytes) : undefined;
  if (text === undefined) return fail("its header is no JSON object");
  const header = parseStrictJson(text, `${source.name}: header`);
  return { header: header as Record<string, unknown>, dataStart: 8 + length };
}

function checkMetadata(file: string, raw: unknown): Record<string, string> {
  if (raw === undefined) return {};
  const entries = raw !== null && typeof raw === "object" && !Array.isArray(raw) ? Object.entries(raw) : undefined;
  const bad = entries ? entries.find(([, value]) => typeof value !== "string")?.[0] : "__metadata__";
  if (!entries || bad !== undefined) {
    throw new WeightsFormatError(`${file}: __metadata__ should hold texts only; "${bad}" is none.`);
  }
  return Object.fromEntries(entries);
}

interface Placed {
  readonly name: string;
  readonly dtype: string;
  readonly format: NumberFormat;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function checkEntry(file: string, name: string, entry: unknown): Placed {
  const fail = (why: string): never => {
    throw new WeightsFormatError(`${file}: tensor "${name}" ${why}.`);
  };
  const { dtype, shape, data_offsets: offsets, ...rest } = (entry ?? {}) as Record<string, unknown>;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) fail(`has an unknown field "${extra}"`);
  const format = typeof dtype === "string" && Object.hasOwn(formats, dtype) ? formats[dtype] : undefined;
  if (typeof dtype !== "string" || !format) return fail(`has the type ${showJson(dtype)}, which is not known`);
  if (!isSizes(shape)) return fail(`has the shape ${showJson(shape)}, which is no list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) return fail("has no data_offsets [begin, end]");
  const [begin = 0, end = 0] = offsets;
  const wanted = elementCount(shape) * formatBytes[format];
  if (end - begin !== wanted) fail(`holds ${end - begin} bytes, but ${dtype} of shape [${shape}] takes ${wanted}`);
  return { name, dtype, format, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((v) => Number.isSafeInteger(v) && v >= 0);
}

function checkCoverage(source: ByteSource, placed: readonly Placed[], dataStart: number): void {
  let at = 0;
  for (const { name, begin, end } of placed) {
    if (begin !== at) {
      const what = begin < at ? "overlaps the tensor before it" : `leaves a hole of ${begin - at} bytes before it`;
      throw new WeightsFormatError(`${source.name}: tensor "${name}" ${what} (it begins at ${begin}, not ${at}).`);
    }
    at = end;
  }
  if (dataStart + at !== source.size) {
    throw new WeightsFormatError(
      `${source.name}: the tensors end at byte ${dataStart + at}, but the file has ${source.size} bytes: ` +
        `${dataStart + at > source.size ? "it was cut short" : "something was added to it"}.`,
    );
  }
}
