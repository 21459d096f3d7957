/** Writes HDF5 files whose arrays are known by shape before their values are: groups, attributes and addresses come
 * first, then the values in order, so that a file of any size can be written as a stream. What is written is what the
 * first version of the format had: superblock 0, symbol tables, arrays in one piece.
 * @see HDF5 File Format Specification 3.0 */
import { WeightsFormatError } from "../src/errors.ts";
import { Hdf5Bytes, undefinedAddress } from "./hdf5-bytes.ts";
import {
  attributeMessage,
  dataspace,
  type Hdf5AttributeValue,
  type Hdf5Number,
  type Message,
  messageBody,
  messageTypes,
  numberType,
  writeObjectHeader,
} from "./hdf5-message.ts";
import { type SymbolEntry, symbolTable, symbolTableSizes } from "./hdf5-symbols.ts";
import { elementCount, formatBytes } from "./number-format.ts";

/** An array to be written. */
export interface Hdf5Array {
  readonly shape: readonly number[];
  readonly dtype: Hdf5Number;
}

/** A group to be written, made before anything is. */
export class Hdf5Group {
  readonly attributes = new Map<string, Hdf5AttributeValue>();
  readonly children = new Map<string, Hdf5Group | Hdf5Array>();

  /** The group of that path, made where it is missing.
   * @throws WeightsFormatError where an array is in the way */
  group(path: string): Hdf5Group {
    let at: Hdf5Group = this;
    for (const step of steps(path)) {
      const next = at.children.get(step) ?? new Hdf5Group();
      if (!(next instanceof Hdf5Group)) throw new WeightsFormatError(`HDF5: "${path}" goes through an array`);
      at.children.set(step, next);
      at = next;
    }
    return at;
  }

  /** Puts an array at a path.
   * @throws WeightsFormatError where something of that name is */
  add(path: string, array: Hdf5Array): void {
    const [last, ...before] = steps(path).toReversed();
    const parent = this.group(before.toReversed().join("/"));
    if (last === undefined || parent.children.has(last))
      throw new WeightsFormatError(`HDF5: the path "${path}" is taken; two layers or weights go by one name.`);
    parent.children.set(last, array);
  }
}

function steps(path: string): string[] {
  return path.split("/").filter((step) => step !== "" && step !== ".");
}

/** Where everything stands in a file that is about to be written. */
export interface Hdf5Plan {
  readonly sizeBytes: number;
  /** All that comes before the values. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** In the order of their values; every place is a multiple of 8. */
  readonly arrays: readonly { readonly array: Hdf5Array; readonly offset: number }[];
}

const superblockBytes = 96;

/** Lays out a file.
 * @throws WeightsFormatError for attributes that are too long */
export function planHdf5(root: Hdf5Group): Hdf5Plan {
  const out = new Hdf5Bytes().zeros(superblockBytes);
  const places: Place[] = [];
  const entry = writeGroup({ out, places }, root, "");
  out.align();
  const head = out.length;
  const arrays: { array: Hdf5Array; offset: number }[] = [];
  let at = head;
  for (const { array, patchAt } of places) {
    const sizeBytes = elementCount(array.shape) * formatBytes[array.dtype];
    if (sizeBytes === 0) continue;
    out.patch(patchAt, at);
    arrays.push({ array, offset: at });
    at += Math.ceil(sizeBytes / 8) * 8;
  }
  const bytes = out.finish();
  bytes.set(superblock(entry, at));
  return { sizeBytes: at, head: bytes, arrays };
}

interface Place {
  readonly array: Hdf5Array;
  /** Where the header wants the array's address. */
  readonly patchAt: number;
}

interface Writing {
  readonly out: Hdf5Bytes;
  readonly places: Place[];
}

function writeGroup(writing: Writing, group: Hdf5Group, name: string): SymbolEntry {
  const { out } = writing;
  const entries = [...group.children].map(([key, child]) =>
    child instanceof Hdf5Group ? writeGroup(writing, child, key) : writeArray(writing, child, key),
  );
  const { tree, heap } = symbolTable(out, entries);
  const table = messageBody((body) => {
    body.u64(tree);
    body.u64(heap);
  });
  const attributes = [...group.attributes].map(([key, value]) => attributeMessage(out, key, value));
  const header = writeObjectHeader(out, [
    { type: messageTypes.symbolTable, constant: false, body: table },
    ...attributes,
  ]);
  return { name, header, table: { tree, heap } };
}

function writeArray({ out, places }: Writing, array: Hdf5Array, name: string): SymbolEntry {
  const layoutBody = messageBody((body) => {
    body.u8(3, 1).u64(undefinedAddress);
    body.u64(elementCount(array.shape) * formatBytes[array.dtype]);
  });
  const layout: Message = { type: messageTypes.layout, constant: false, body: layoutBody };
  const messages: Message[] = [
    { type: messageTypes.dataspace, constant: false, body: messageBody((body) => dataspace(body, array.shape)) },
    { type: messageTypes.datatype, constant: true, body: messageBody((body) => numberType(body, array.dtype)) },
    // version 2; space is taken late, zeros would be written if it were asked for
    { type: messageTypes.fill, constant: true, body: messageBody((body) => body.u8(2, 2, 2, 1).u32(0)) },
    layout,
  ];
  const header = writeObjectHeader(out, messages, (message, at) => {
    // behind the layout's version and class
    if (message === layout) places.push({ array, patchAt: at + 2 });
  });
  return { name, header };
}

function superblock({ header, table }: SymbolEntry, sizeBytes: number): Uint8Array {
  const out = new Hdf5Bytes();
  out.u8(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
  // four versions of 0 with a byte between, then addresses and lengths of 8 bytes
  out.u8(0, 0, 0, 0, 0, 8, 8, 0);
  out.u16(symbolTableSizes.leaf).u16(symbolTableSizes.inner).u32(0);
  // base, free space, end of file, driver
  for (const address of [0, undefinedAddress, sizeBytes, undefinedAddress]) out.u64(address);
  out.u64(0);
  out.u64(header);
  out.u32(1).u32(0);
  out.u64(table?.tree ?? undefinedAddress);
  out.u64(table?.heap ?? undefinedAddress);
  return out.finish();
}
