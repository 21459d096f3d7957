/** Messages of HDF5 object headers, version 1: what a group or a data set is made of.
 * @see HDF5 File Format Specification 3.0, section IV.A */
import { WeightsFormatError } from "../src/errors.ts";
import { Hdf5Bytes } from "./hdf5-bytes.ts";
import { formatBytes, type NumberFormat } from "./number-format.ts";

/** A text of any length, or a list of names. */
export type Hdf5AttributeValue = string | readonly string[];

/** Numbers as the files store them, little-endian. */
export type Hdf5Number = "f16" | "f32" | "i64";

export const messageTypes = {
  nil: 0,
  dataspace: 1,
  datatype: 3,
  oldFill: 4,
  fill: 5,
  layout: 8,
  attribute: 12,
  oldModified: 14,
  continuation: 16,
  symbolTable: 17,
  modified: 18,
} as const;

export interface Message {
  readonly type: number;
  readonly constant: boolean;
  readonly body: Uint8Array;
}

/** No message may be longer; its length is written in 16 bits. */
const mostMessageBytes = 65_528;

/** Writes an object header and returns its address.
 * @param found called with the place of each message's body */
export function writeObjectHeader(
  out: Hdf5Bytes,
  messages: readonly Message[],
  found: (message: Message, at: number) => void = () => {},
): number {
  const at = out.align().length;
  const total = messages.reduce((sum, { body }) => sum + 8 + body.length, 0);
  out.u8(1, 0).u16(messages.length).u32(1).u32(total).zeros(4);
  for (const message of messages) {
    const { type, constant, body } = message;
    if (body.length > mostMessageBytes)
      throw new WeightsFormatError(
        `an HDF5 attribute of ${body.length} bytes is too long: at most ${mostMessageBytes}`,
      );
    out
      .u16(type)
      .u16(body.length)
      .u8(constant ? 1 : 0)
      .zeros(3);
    found(message, out.length);
    out.raw(body);
  }
  return at;
}

/** The body of a message, padded to a multiple of 8. */
export function messageBody(fill: (body: Hdf5Bytes) => void): Uint8Array {
  const body = new Hdf5Bytes();
  fill(body);
  return body.align().finish();
}

export function dataspace(body: Hdf5Bytes, shape: readonly number[]): void {
  const hasMaximum = shape.length > 0;
  body.u8(1, shape.length, hasMaximum ? 1 : 0, 0).zeros(4);
  for (const extent of hasMaximum ? [...shape, ...shape] : []) body.u64(extent);
}

const mantissaBits = { f16: 10, f32: 23, f64: 52 } as const;

/** Little-endian: a whole number of two's complement, or as IEEE 754 has it. */
export function numberType(body: Hdf5Bytes, type: Exclude<NumberFormat, "bf16" | "bool">): void {
  const sizeBytes = formatBytes[type];
  const bits = 8 * sizeBytes;
  if (type !== "f16" && type !== "f32" && type !== "f64") {
    body
      .u8(0x10, type.startsWith("i") ? 8 : 0, 0, 0)
      .u32(sizeBytes)
      .u16(0)
      .u16(bits);
    return;
  }
  const mantissa = mantissaBits[type];
  const exponent = bits - 1 - mantissa;
  // where sign, exponent and mantissa are, how long, and the exponent's bias
  body
    .u8(0x11, 0x20, bits - 1, 0)
    .u32(sizeBytes)
    .u16(0)
    .u16(bits);
  body.u8(mantissa, exponent, 0, mantissa).u32(2 ** (exponent - 1) - 1);
}

/** Fixed length, filled with zeros: what NumPy's type "S" becomes. */
function fixedTextType(body: Hdf5Bytes, sizeBytes: number): void {
  body.u8(0x13, 1, 0, 0).u32(sizeBytes);
}

/** Any length, UTF-8, kept in a global heap. */
function variableTextType(body: Hdf5Bytes): void {
  body.u8(0x19, 1, 1, 0).u32(16).u8(0x10, 0, 0, 0).u32(1).u16(0).u16(8);
}

const utf8 = new TextEncoder();

/** An attribute's message; a text goes into a heap of its own, written at once. */
export function attributeMessage(out: Hdf5Bytes, name: string, value: Hdf5AttributeValue): Message {
  const isText = typeof value === "string";
  const texts = isText ? [] : value.map((text) => utf8.encode(text));
  const width = texts.reduce((most, { length }) => Math.max(most, length), 1);
  const type = messageBody((body) => (isText ? variableTextType(body) : fixedTextType(body, width)));
  const space = messageBody((body) => dataspace(body, isText ? [] : [texts.length]));
  const nameBytes = utf8.encode(`${name}\0`);
  const body = messageBody((bytes) => {
    // lengths without the padding behind each part; both types are multiples of 4, as their encoding ends
    const typeBytes = isText ? 20 : 8;
    bytes.u8(1, 0).u16(nameBytes.length).u16(typeBytes).u16(space.length);
    bytes.raw(nameBytes).align().raw(type).raw(space);
    if (isText) {
      const text = utf8.encode(value);
      bytes.u32(text.length).u64(writeGlobalHeap(out, text));
      bytes.u32(1);
    }
    for (const text of texts) bytes.raw(text).zeros(width - text.length);
  });
  return { type: messageTypes.attribute, constant: false, body };
}

const leastHeapBytes = 4096;

/** A global heap of one object; returns its address. */
function writeGlobalHeap(out: Hdf5Bytes, text: Uint8Array): number {
  const at = out.align().length;
  const used = 32 + Math.ceil(text.length / 8) * 8;
  const free = Math.max(0, leastHeapBytes - used);
  // what is left must hold its own description
  const rest = free > 0 ? Math.max(16, free) : 0;
  out
    .raw(utf8.encode("GCOL"))
    .u8(1, 0, 0, 0)
    .u64(used + rest);
  out.u16(1).u16(0).u32(0).u64(text.length);
  out.raw(text).align();
  if (rest > 0) {
    out.zeros(8).u64(rest);
    out.zeros(rest - 16);
  }
  return at;
}
