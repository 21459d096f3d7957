import { asList, asName, asObject, isWhole, type JsonObject, property, refuse } from "../untrusted.ts";

/** One node of a TensorFlow graph, as far as it matters here. */
export interface NodeDef {
  readonly op: string;
  readonly inputs: number;
  /** Numbers, truth values, texts and lists of whole numbers; types by their number or name. */
  readonly attributes: ReadonlyMap<string, unknown>;
}

/** TensorFlow 2.2 and later write the node as an object, 2.0 and 2.1 as a protocol buffer in a string. */
export function readNodeDef(value: unknown, path: string): NodeDef {
  if (typeof value === "string") return decoded(new TextEncoder().encode(value), path);
  const node = asObject(value, path);
  const attributes = asObject(property(node, "attr") ?? {}, `${path}.attr`);
  return {
    op: asName(property(node, "op"), `${path}.op`),
    inputs: asList(property(node, "input") ?? [], `${path}.input`).length,
    attributes: new Map(
      Object.keys(attributes).map((key) => [key, plain(asObject(attributes[key], `${path}.attr.${key}`))]),
    ),
  };
}

/** JSON has whole numbers as texts, and texts in base64. */
function plain(value: JsonObject): unknown {
  const { b, i, f, s, type, list } = value;
  if (typeof i === "string" || typeof i === "number") return Number(i);
  if (typeof s === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(s) && s.length % 4 === 0) return atob(s);
  if (typeof list === "object" && list !== null) {
    const numbers = property(list as JsonObject, "i");
    return Array.isArray(numbers) ? numbers.map(Number) : undefined;
  }
  return b ?? f ?? type;
}

interface Field {
  readonly number: number;
  /** For fields of variable length. */
  readonly bytes?: Uint8Array;
  /** For varints, and the bits of a float. */
  readonly value?: number;
}

/** Field numbers of tensorflow/core/framework/node_def.proto and attr_value.proto. */
const inNode = { op: 2, input: 3, attr: 5 } as const;
const inAttribute = { list: 1, s: 2, i: 3, f: 4, b: 5, type: 6 } as const;

function decoded(bytes: Uint8Array, path: string): NodeDef {
  const fields = fieldsOf(bytes, path);
  const text = (field: Field | undefined) => new TextDecoder().decode(field?.bytes);
  const attributes = fields
    .filter(({ number }) => number === inNode.attr)
    .map((field): [string, unknown] => {
      const [key, value] = fieldsOf(field.bytes ?? new Uint8Array(), path);
      return [text(key), attribute(fieldsOf(value?.bytes ?? new Uint8Array(), path), path)];
    });
  return {
    op: asName(text(fields.find(({ number }) => number === inNode.op)), `${path}.op`),
    inputs: fields.filter(({ number }) => number === inNode.input).length,
    attributes: new Map(attributes),
  };
}

function attribute([field]: readonly Field[], path: string): unknown {
  switch (field?.number) {
    case inAttribute.s:
      return new TextDecoder().decode(field.bytes);
    case inAttribute.b:
      return field.value !== 0;
    case inAttribute.i:
    case inAttribute.f:
    case inAttribute.type:
      return field.value;
    case inAttribute.list: {
      const numbers = fieldsOf(field.bytes ?? new Uint8Array(), path).filter(({ number }) => number === inAttribute.i);
      return numbers.flatMap(({ bytes, value }) => (bytes ? varints(bytes, path) : [value]));
    }
    default:
      return undefined;
  }
}

/** The fields of one message. */
function fieldsOf(bytes: Uint8Array, path: string): Field[] {
  const fields: Field[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = () => refuse(path, "a damaged protocol buffer", "a node of a TensorFlow graph");
  let at = 0;
  const varint = () => {
    const { value, next } = readVarint(bytes, at) ?? damaged();
    at = next;
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) fields.push({ number, value: varint() });
    else if (wire === 2) {
      const length = varint();
      if (!isWhole(length, 0) || at + length > bytes.length) damaged();
      fields.push({ number, bytes: bytes.subarray(at, at + length) });
      at += length;
    } else {
      const length = wire === 5 ? 4 : wire === 1 ? 8 : damaged();
      if (at + length > bytes.length) damaged();
      fields.push({ number, value: wire === 5 ? view.getFloat32(at, true) : view.getFloat64(at, true) });
      at += length;
    }
  }
  return fields;
}

function varints(bytes: Uint8Array, path: string): number[] {
  const list: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = readVarint(bytes, at) ?? refuse(path, "a damaged list", "whole numbers");
    list.push(found.value);
    at = found.next;
  }
  return list;
}

/** Negative numbers are written with 64 bits. */
function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return { value: Number(BigInt.asIntN(64, value)), next: start + i + 1 };
  }
  return undefined;
}
