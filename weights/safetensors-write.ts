import { WeightsFormatError } from "../src/errors.ts";
import { elementCount, floatToHalf } from "./number-format.ts";

/** A tensor that a safetensors file shall have. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "F16" | "F32";
}

/** What comes before the values, and where they go. */
export interface SafetensorsHead {
  readonly head: Uint8Array<ArrayBuffer>;
  /** From the file's beginning, in the order of the tensors; without holes. */
  readonly offsets: readonly number[];
  readonly sizeBytes: number;
}

const elementBytes = { F16: 2, F32: 4 } as const;

/** Lays out a safetensors file: its length, its header, and its tensors in the order given. The data begins at a multiple
 * of 8, as the format's own library writes it, so that it can be mapped as it stands.
 * @throws WeightsFormatError when a name comes twice */
export function safetensorsHead(
  tensors: readonly TensorSpec[],
  metadata: Readonly<Record<string, string>>,
): SafetensorsHead {
  const header = new Map<string, unknown>([["__metadata__", metadata]]);
  const begins: number[] = [];
  let at = 0;
  for (const { name, shape, dtype } of tensors) {
    if (header.has(name)) throw new WeightsFormatError(`safetensors: the name "${name}" is taken.`);
    const end = at + elementCount(shape) * elementBytes[dtype];
    header.set(name, { dtype, shape, data_offsets: [at, end] });
    begins.push(at);
    at = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const head = new Uint8Array(8 + headerBytes).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.set(text, 8);
  return { head, offsets: begins.map((begin) => head.length + begin), sizeBytes: head.length + at };
}

/** A tensor to write, with its values. */
export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The bytes of a whole safetensors file, tensors in the order given; F16 rounds to nearest even.
 * @throws WeightsFormatError when a shape does not fit its data or a name comes twice */
export function writeSafetensors(
  entries: Iterable<TensorEntry>,
  metadata: Readonly<Record<string, string>>,
  { dtype }: { readonly dtype: "F16" | "F32" },
): Uint8Array<ArrayBuffer> {
  const list = [...entries];
  for (const { name, shape, data } of list)
    if (elementCount(shape) !== data.length)
      throw new WeightsFormatError(`writeSafetensors: "${name}" has ${data.length} values, not those of [${shape}].`);
  const specs = list.map(({ name, shape }) => ({ name, shape, dtype }));
  const { head, offsets, sizeBytes } = safetensorsHead(specs, metadata);
  const out = new Uint8Array(sizeBytes);
  out.set(head);
  for (const [i, { data }] of list.entries()) {
    const bytes = dtype === "F16" ? Uint16Array.from(data, floatToHalf) : data;
    out.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), offsets[i] ?? 0);
  }
  return out;
}
