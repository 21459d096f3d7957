import { WeightsFormatError } from "../src/errors.ts";
import { aligned, decodeFloat32, elementCount, type NumberFormat } from "./number-format.ts";
import { looksLike } from "./sniff.ts";

/** Values as a .npy file keeps them; float16 and booleans come out as float32. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** What a .npy file holds. */
export interface NpyArray {
  /** NumPy's own spelling without the byte order: `f4`, `f8`, `i8`, `u1`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In C order, whatever the file's order is. */
  readonly data: NpyData;
}

interface Kind {
  readonly format: NumberFormat;
  readonly size: number;
  view(bytes: Uint8Array): NpyData;
}
const asFloat32 = (format: NumberFormat) => (bytes: Uint8Array) => decodeFloat32(bytes, format, "npy");
const kinds: Readonly<Record<string, Kind>> = {
  b1: { format: "bool", size: 1, view: asFloat32("bool") },
  f2: { format: "f16", size: 2, view: asFloat32("f16") },
  f4: { format: "f32", size: 4, view: (b) => aligned(b, Float32Array) },
  f8: { format: "f64", size: 8, view: (b) => aligned(b, Float64Array) },
  i1: { format: "i8", size: 1, view: (b) => aligned(b, Int8Array) },
  u1: { format: "u8", size: 1, view: (b) => b },
  i2: { format: "i16", size: 2, view: (b) => aligned(b, Int16Array) },
  u2: { format: "u16", size: 2, view: (b) => aligned(b, Uint16Array) },
  i4: { format: "i32", size: 4, view: (b) => aligned(b, Int32Array) },
  u4: { format: "u32", size: 4, view: (b) => aligned(b, Uint32Array) },
  i8: { format: "i64", size: 8, view: (b) => aligned(b, BigInt64Array) },
  u8: { format: "u64", size: 8, view: (b) => aligned(b, BigUint64Array) },
};

/** Reads a NumPy .npy file of numbers, in either byte order and either memory order.
 * @throws WeightsFormatError for other files, object and structured arrays, and wrong lengths
 * @see    numpy.lib.format, versions 1.0 to 3.0 */
export function readNpy(bytes: Uint8Array, name = "npy"): NpyArray {
  const { header, dataStart } = readHeader(bytes, name);
  const { descr, fortran, shape } = parseHeader(header, name);
  const dtype = descr.slice(1);
  const kind = Object.hasOwn(kinds, dtype) ? kinds[dtype] : undefined;
  if (!kind || !"<>|=".includes(descr.charAt(0))) {
    throw new WeightsFormatError(
      `${name} holds values of the type "${descr}"; plain numbers are read (f2, f4, f8, i1 to i8, u1 to u8, b1). ` +
        'Save it with .astype("float32").',
    );
  }
  const wanted = elementCount(shape) * kind.size;
  if (bytes.length - dataStart !== wanted) {
    throw new WeightsFormatError(
      `${name}: shape (${shape.join(", ")}) of ${dtype} takes ${wanted} bytes, and ${bytes.length - dataStart} are there. ` +
        "The file was cut short or added to.",
    );
  }
  // A copy: what follows reorders in place, and the caller's bytes stay as they are.
  const data = bytes.slice(dataStart);
  if (descr.startsWith(">")) swapBytes(data, kind.size);
  const ordered = fortran && shape.length > 1 ? fromFortran(data, shape, kind.size) : data;
  return { dtype, shape, data: kind.view(ordered) };
}

/** The values of a .npy array as float32. */
export function npyToFloat32(array: NpyArray): Float32Array {
  const { data } = array;
  if (data instanceof Float32Array) return data;
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

function readHeader(bytes: Uint8Array, name: string): { header: string; dataStart: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((b, i) => bytes[i] !== b)) {
    throw new WeightsFormatError(`${name} is not a .npy file: it looks like ${looksLike(bytes.subarray(0, 256))}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint8(6);
  if (version < 1 || version > 3)
    throw new WeightsFormatError(`${name}: .npy version ${version} is not known (1 to 3).`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? 0 : view.getUint32(8, true);
  if (start + length > bytes.length) {
    throw new WeightsFormatError(`${name} is cut short inside its header (${bytes.length} bytes).`);
  }
  return { header: new TextDecoder().decode(bytes.slice(start, start + length)), dataStart: start + length };
}

function parseHeader(header: string, name: string): { descr: string; fortran: boolean; shape: number[] } {
  // A structured type is a list here, an object array is "|O": both fail, the one now, the other at the caller.
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || fortran === undefined || sizes === undefined) {
    throw new WeightsFormatError(`${name}: the header is not one of a plain array: ${header.trim().slice(0, 120)}`);
  }
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  if (!Number.isSafeInteger(elementCount(shape))) {
    throw new WeightsFormatError(`${name} declares the shape (${shape.join(", ")}), which no file can hold.`);
  }
  return { descr, fortran: fortran === "True", shape };
}

function swapBytes(data: Uint8Array, size: number): void {
  for (let at = 0; at < data.length; at += size) data.subarray(at, at + size).reverse();
}

/** Element [i, j, k] of a Fortran-ordered array stands at i + I*(j + J*k). */
function fromFortran(data: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(data.length);
  const index = shape.map(() => 0);
  const steps: number[] = [];
  shape.reduce((step, d) => {
    steps.push(step);
    return step * d;
  }, 1);
  for (let at = 0; at < data.length; at += size) {
    const from = index.reduce((sum, i, axis) => sum + i * (steps[axis] ?? 0), 0) * size;
    out.set(data.subarray(from, from + size), at);
    advance(index, shape);
  }
  return out;
}

/** Steps an index in C order: the last axis runs fastest. */
function advance(index: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1;
    index[axis] = next < (shape[axis] ?? 0) ? next : 0;
    if (index[axis] !== 0) return;
  }
}

/** The bytes of a .npy file, version 1.0, little-endian, C order; the values start at a multiple of 64.
 * @throws WeightsFormatError when the shape does not fit the values */
export function writeNpy(data: NpyData, shape: readonly number[]): Uint8Array {
  if (elementCount(shape) !== data.length) {
    throw new WeightsFormatError(`writeNpy: ${data.length} values do not fill the shape (${shape.join(", ")}).`);
  }
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descrOf(data)}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  const out = new Uint8Array(start + data.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (start - 10) & 255, (start - 10) >> 8]);
  out.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return out;
}

function descrOf(data: NpyData): string {
  const size = data.BYTES_PER_ELEMENT;
  const kind = data instanceof Float32Array || data instanceof Float64Array ? "f" : isUnsigned(data) ? "u" : "i";
  return `${size === 1 ? "|" : "<"}${kind}${size}`;
}

function isUnsigned(data: NpyData): boolean {
  return [Uint8Array, Uint16Array, Uint32Array, BigUint64Array].some((Class) => data instanceof Class);
}
