/** @see HDF5 File Format Specification 3.0, section IV.A.2 (messages) */
import { type AttributeValue, decodeText, fixedStrings } from "./hdf5-attribute.ts";
import { Hdf5Bytes } from "./hdf5-bytes.ts";
import { viewOf } from "./hdf5-heap.ts";
import { numberType } from "./hdf5-message.ts";
import { must, uint64 } from "./hdf5-plain-bytes.ts";
import { decodeFloat32, elementCount, formatBytes } from "./number-format.ts";
import { decodeUtf8 } from "./utf8.ts";

const mostAxes = 32;

/** The extents of a data set or an attribute. */
export function readShape(body: Uint8Array): number[] {
  const view = viewOf(body);
  const [version, axes, flags] = [view.getUint8(0), view.getUint8(1), view.getUint8(2)];
  must(version === 1 && axes <= mostAxes && flags <= 1, "a data space is not of the usual kind");
  const extents = (from: number) => Array.from({ length: axes }, (_, axis) => uint64(view, from + 8 * axis));
  const shape = extents(8);
  must(shape.every(Number.isSafeInteger) && Number.isSafeInteger(elementCount(shape)), "a shape is too large");
  const largest = flags === 1 ? extents(8 + 8 * axes) : shape;
  must(
    shape.every((extent, axis) => extent <= (largest[axis] ?? 0)),
    "a shape is larger than it may become",
  );
  return shape;
}

const plainNumbers = ["f32", "f16", "f64", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"] as const;

/** "text" is of fixed length, "heap-text" is of any length and kept elsewhere; "opaque" may be bfloat16. */
export interface PlainType {
  readonly kind: (typeof plainNumbers)[number] | "text" | "heap-text" | "opaque";
  readonly sizeBytes: number;
}

/** Types as this project writes them itself are little-endian, without gaps, and the only ones of their kind. */
const numberTypes = plainNumbers.map((kind) => {
  const body = new Hdf5Bytes();
  numberType(body, kind);
  return { kind, sizeBytes: formatBytes[kind], encoded: body.finish() };
});
/** Version 1, then the class. */
const classes = { text: 0x13, opaque: 0x15, vlen: 0x19 } as const;

/** What the values of a data set or an attribute are. */
export function readType(body: Uint8Array): PlainType {
  const view = viewOf(body);
  const number = numberTypes.find(({ encoded }) => isPrefix(encoded, body));
  if (number) return number;
  const [kind, flags, sizeBytes] = [view.getUint8(0), view.getUint16(1, true), view.getUint32(4, true)];
  if (kind === classes.text && isTextKind(flags) && sizeBytes > 0) return { kind: "text", sizeBytes };
  if (kind === classes.opaque) return { kind: "opaque", sizeBytes };
  // the first four bits say that it is text and no list
  const isText = kind === classes.vlen && (flags & 15) === 1 && isTextKind(flags >> 4) && sizeBytes === 16;
  must(isText && readType(body.subarray(8)).kind === "u8", `values are of type ${kind}, or an odd one`);
  return { kind: "heap-text", sizeBytes };
}

/** Four bits of how it ends, one of three ways, and then whether it is UTF-8. */
function isTextKind(flags: number): boolean {
  return (flags & 15) <= 2 && flags >> 4 <= 1;
}

function isPrefix(start: Uint8Array, bytes: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, i) => byte === bytes[i]);
}

/** Where the values of a data set are, which are neither packed nor in pieces. */
export function readLayout(body: Uint8Array): { address: number; sizeBytes: number } {
  const view = viewOf(body);
  must(view.getUint8(0) === 3 && view.getUint8(1) === 1, "a data set is not contiguous");
  return { address: uint64(view, 2), sizeBytes: uint64(view, 10) };
}

/** Finds an object of a global heap. */
export type FindText = (heap: number, index: number) => Uint8Array;

/** An attribute's name and value. */
export function readAttributeMessage(body: Uint8Array, find: FindText): [name: string, value: AttributeValue] {
  const view = viewOf(body);
  const version = view.getUint8(0);
  must(version === 1 || (version === 3 && view.getUint8(1) === 0), "an attribute is not of version 1 or 3, or shared");
  // Version 3 begins with the name's encoding, and does not pad.
  let at = version === 1 ? 8 : 9;
  const part = (sizeAt: number): Uint8Array => {
    const size = view.getUint16(sizeAt, true);
    const bytes = body.subarray(at, at + size);
    at += version === 1 ? Math.ceil(size / 8) * 8 : size;
    must(at <= body.length, "an attribute goes beyond its message");
    return bytes;
  };
  const name = readName(part(2));
  const type = readType(part(4));
  const shape = readShape(part(6));
  const count = elementCount(shape);
  const bytes = body.subarray(at, at + count * type.sizeBytes);
  must(bytes.length === count * type.sizeBytes, "an attribute goes beyond its message");
  const values = valuesOf(type, bytes, find);
  return [name, shape.length === 0 ? (values[0] ?? "") : values];
}

/** A name with the zero that ends it. */
export function readName(bytes: Uint8Array): string {
  const name = decodeUtf8(bytes.subarray(0, -1));
  must(bytes.at(-1) === 0 && name !== undefined && name !== "" && !name.includes("\0"), "a name is no text");
  return name;
}

function valuesOf({ kind, sizeBytes }: PlainType, bytes: Uint8Array, find: FindText): string[] | number[] {
  if (kind === "text") return fixedStrings(bytes, sizeBytes);
  if (kind === "heap-text") return heapTexts(bytes, find);
  must(kind !== "opaque", "an attribute is neither text nor numbers");
  return [...decodeFloat32(bytes, kind, "an attribute")];
}

function heapTexts(bytes: Uint8Array, find: FindText): string[] {
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length / 16 }, (_, i) => {
    const [length, heap, index] = [view.getUint32(16 * i, true), uint64(view, 16 * i + 4), 16 * i + 12];
    if (length === 0 && heap === 0) return "";
    const text = find(heap, view.getUint32(index, true));
    must(text.length === length, "a text in a heap has another length");
    return decodeText(text);
  });
}
