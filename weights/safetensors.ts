import { WeightsFormatError } from "../src/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { decodeFloat32, elementCount, floatToHalf, formatBytes, type NumberFormat } from "./number-format.ts";
import { looksLike } from "./sniff.ts";
import { parseStrictJson } from "./strict-json.ts";

/** One tensor of a safetensors file; nothing is read until `read` is called. */
export interface SafeTensor {
  /** As the file writes it: F16, BF16, F32, F64, I8 ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The values as float32, in C order. */
  read(): Float32Array;
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
    placed.map(({ name, dtype, format, shape, begin, end }): [string, SafeTensor] => [
      name,
      {
        dtype,
        shape,
        read: () => decodeFloat32(source.read(dataStart + begin, end - begin), format, `${source.name}: "${name}"`),
      },
    ]),
  );
  return { metadata, tensors };
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
  const text = decodeUtf8(source.read(8, length));
  if (text === undefined || !text.startsWith("{")) fail("its header is no JSON object");
  const header = parseStrictJson(text ?? "", `${source.name}: header`);
  return { header: header as Record<string, unknown>, dataStart: 8 + length };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
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
  if (typeof dtype !== "string" || !format) return fail(`has the type ${JSON.stringify(dtype)}, which is not known`);
  if (!isSizes(shape)) return fail(`has the shape ${JSON.stringify(shape)}, which is no list of sizes`);
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

/** A tensor to write. */
export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The bytes of a safetensors file, tensors in the order given; F16 rounds to nearest even.
 * @throws WeightsFormatError when a shape does not fit its data or a name comes twice */
export function writeSafetensors(
  entries: Iterable<TensorEntry>,
  metadata: Readonly<Record<string, string>>,
  options: { readonly dtype: "F16" | "F32" },
): Uint8Array {
  const { dtype } = options;
  const list = [...entries];
  const header = new Map<string, unknown>([["__metadata__", metadata]]);
  let at = 0;
  for (const { name, shape, data } of list) {
    if (header.has(name)) throw new WeightsFormatError(`writeSafetensors: the name "${name}" is taken.`);
    if (elementCount(shape) !== data.length) {
      throw new WeightsFormatError(`writeSafetensors: "${name}" has ${data.length} values, not those of [${shape}].`);
    }
    const end = at + data.length * (dtype === "F16" ? 2 : 4);
    header.set(name, { dtype, shape, data_offsets: [at, end] });
    at = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // The data begins at a multiple of 8, so that it can be mapped as it stands.
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(8 + headerBytes + at);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes), true);
  out.fill(0x20, 8, 8 + headerBytes);
  out.set(text, 8);
  writeValues(out, 8 + headerBytes, list, dtype);
  return out;
}

function writeValues(out: Uint8Array, start: number, list: readonly TensorEntry[], dtype: "F16" | "F32"): void {
  let at = start;
  for (const { data } of list) {
    const bytes = dtype === "F16" ? Uint16Array.from(data, floatToHalf) : data;
    out.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), at);
    at += bytes.byteLength;
  }
}
