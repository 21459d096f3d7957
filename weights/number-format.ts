import { WeightsFormatError } from "../src/errors.ts";

/** How one number is stored, always little-endian here: f16 is IEEE half, bf16 the upper half of a float32. */
export type NumberFormat =
  | "f16"
  | "bf16"
  | "f32"
  | "f64"
  | "i8"
  | "u8"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "bool";

/** Bytes of one number. */
export const formatBytes: Readonly<Record<NumberFormat, number>> = {
  f16: 2,
  bf16: 2,
  f32: 4,
  f64: 8,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  bool: 1,
};

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, d) => product * d, 1);
}

/** `shape` as messages print it: `3x3x64x64`, or `scalar`. */
export function showShape(shape: readonly number[]): string {
  return shape.length === 0 ? "scalar" : shape.join("x");
}

/** Writes little-endian numbers into `target` from element `at`, converted to float32 (integers above 2^24 round). */
export function decodeInto(bytes: Uint8Array, format: NumberFormat, target: Float32Array, at: number): void {
  const count = bytes.length / formatBytes[format];
  if (format === "f32") {
    // A byte copy keeps every NaN's payload and needs no alignment.
    new Uint8Array(target.buffer, target.byteOffset + at * 4, bytes.length).set(bytes);
    return;
  }
  if (format === "f16" || format === "bf16") {
    const bits = aligned(bytes, Uint16Array);
    const decode = format === "f16" ? halfToFloat : bfloatToFloat;
    for (let i = 0; i < count; i++) target[at + i] = decode(bits[i] ?? 0);
    return;
  }
  if (format === "i64" || format === "u64") {
    const values = format === "i64" ? aligned(bytes, BigInt64Array) : aligned(bytes, BigUint64Array);
    for (let i = 0; i < count; i++) target[at + i] = Number(values[i]);
    return;
  }
  target.set(plainView(bytes, format), at);
}

function plainView(bytes: Uint8Array, format: NumberFormat): ArrayLike<number> {
  if (format === "f64") return aligned(bytes, Float64Array);
  if (format === "i8") return aligned(bytes, Int8Array);
  if (format === "i16") return aligned(bytes, Int16Array);
  if (format === "u16") return aligned(bytes, Uint16Array);
  if (format === "i32") return aligned(bytes, Int32Array);
  if (format === "u32") return aligned(bytes, Uint32Array);
  return bytes;
}

interface ViewClass<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
}

/** A typed view of the bytes, copied only when their offset is not a multiple of the element. */
export function aligned<T>(bytes: Uint8Array, View: ViewClass<T>): T {
  const fits = bytes.byteOffset % View.BYTES_PER_ELEMENT === 0;
  // not slice(): that of Node's Buffer copies nothing
  const source = fits ? bytes : new Uint8Array(bytes);
  return new View(source.buffer, source.byteOffset, source.length / View.BYTES_PER_ELEMENT);
}

/** A whole float32 array from little-endian numbers.
 * @throws WeightsFormatError when the byte count is no multiple of the element's or memory runs out */
export function decodeFloat32(bytes: Uint8Array, format: NumberFormat, what: string): Float32Array {
  const count = bytes.length / formatBytes[format];
  if (!Number.isInteger(count)) {
    throw new WeightsFormatError(`${what}: ${bytes.length} bytes is no whole number of ${format} values.`);
  }
  const out = allocateFloat32(count, what);
  decodeInto(bytes, format, out, 0);
  return out;
}

/** `new Float32Array(count)` whose failure names the tensor instead of being a bare RangeError. */
export function allocateFloat32(count: number, what: string): Float32Array {
  try {
    return new Float32Array(count);
  } catch (cause) {
    throw new WeightsFormatError(`${what}: no memory for ${count} float32 values (${count * 4} bytes).`, { cause });
  }
}

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** The value of IEEE half-precision bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function bfloatToFloat(bits: number): number {
  scratchBits[0] = bits << 16;
  return scratchFloat[0] ?? 0;
}

/** IEEE half-precision bits of a number: nearest, ties to even; magnitudes from 65520 up become infinity. */
export function floatToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  scratchFloat[0] = magnitude;
  // Rounding to float32 first could round twice, so the exponent alone is taken from it and corrected.
  let exponent = ((scratchBits[0] ?? 0) >>> 23) - 127;
  if (2 ** exponent > magnitude) exponent--;
  const steps = roundToEven((magnitude / 2 ** exponent - 1) * 1024);
  return sign | (((exponent + 15) << 10) + steps);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** Throws WeightsFormatError unless an array of so many rows has the rows [start, start + count). */
export function checkRows(what: string, rows: number, { start, count }: { start: number; count: number }): void {
  if (Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0 && start + count <= rows) return;
  throw new WeightsFormatError(`${what}: rows ${start} to ${start + count} wanted, it has ${rows}.`);
}
