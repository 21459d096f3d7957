/** @see HDF5 File Format Specification 3.0, sections II.A (superblock), III.A to III.E (trees, tables and heaps) */
import { checkRange } from "./byte-source.ts";
import type { AttributeValue } from "./hdf5-attribute.ts";
import { checkFreeBlocks, type Hdf5Origin, heapObjects, viewOf } from "./hdf5-heap.ts";
import { messageTypes } from "./hdf5-message.ts";
import { maxPathSteps } from "./hdf5-path.ts";
import { must, PlainBytes, uint64 } from "./hdf5-plain-bytes.ts";
import { only, type PlainHeader, readHeader } from "./hdf5-plain-header.ts";
import { readAttributeMessage, readLayout, readName, readShape, readType } from "./hdf5-plain-message.ts";
import { symbolTableSizes } from "./hdf5-symbols.ts";
import { elementCount, type NumberFormat } from "./number-format.ts";

interface WithAttributes {
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export interface PlainGroup extends WithAttributes {
  readonly kind: "group";
  readonly children: ReadonlyMap<string, PlainObject>;
}

export interface PlainDataset extends WithAttributes {
  readonly kind: "dataset";
  readonly shape: readonly number[];
  readonly format: NumberFormat;
  /** Of the first value, from the beginning of the source. */
  readonly offset: number;
}

export type PlainObject = PlainGroup | PlainDataset;

/** More than any model has. */
const mostObjects = 20_000;
const superblockBytes = 96;
const rootEntryAt = 56;

interface Walk {
  readonly file: PlainBytes;
  readonly seen: Set<number>;
  readonly heaps: Map<number, ReadonlyMap<number, Uint8Array>>;
}

/** Reads all of a file but the values of its data sets.
 * @throws WeightsFormatError or RangeError when the file is not plain, or not sound */
export function readPlainTree(origin: Hdf5Origin): PlainGroup {
  const file = new PlainBytes(origin);
  const head = file.view(0, superblockBytes);
  const versions = [8, 9, 10, 12].map((at) => head.getUint8(at));
  must(
    versions.every((version) => version === 0),
    "its superblock is not of version 0",
  );
  must(head.getUint8(13) === 8 && head.getUint8(14) === 8, "it does not count in 8 bytes");
  must(head.getUint32(20, true) === 0, "its superblock has a mark that is not known");
  must(head.getUint16(16, true) === symbolTableSizes.leaf, "its tables of names are of an unusual size");
  must(head.getUint16(18, true) === symbolTableSizes.inner, "its trees of names are of an unusual size");
  must(uint64(head, 24) === origin.base, "its addresses count from elsewhere");
  must(isNowhere(head, 32) && isNowhere(head, 48), "it notes its free space, or has a driver of its own");
  must(uint64(head, 40) === origin.source.size, "it does not end where it says");
  const walk: Walk = { file, seen: new Set(), heaps: new Map() };
  const root = readObject(walk, entryAt(head, rootEntryAt), 0);
  must(root.kind === "group", "its root is no group");
  return root;
}

function isNowhere(view: DataView, at: number): boolean {
  return view.getBigUint64(at, true) === 2n ** 64n - 1n;
}

/** A link to an object. */
interface Entry {
  /** In the group's heap. */
  readonly nameAt: number;
  readonly header: number;
  /** Where a group's names are, if the link says it. */
  readonly table: Table | undefined;
}

interface Table {
  readonly tree: number;
  readonly heap: number;
}

const entryBytes = 40;

function entryAt(view: DataView, at: number): Entry {
  const cached = view.getUint32(at + 16, true);
  must(cached <= 1, "a link is not a hard one");
  const table = cached === 1 ? tableAt(view, at + 24) : undefined;
  return { nameAt: uint64(view, at), header: uint64(view, at + 8), table };
}

function tableAt(view: DataView, at: number): Table {
  return { tree: uint64(view, at), heap: uint64(view, at + 8) };
}

function readObject(walk: Walk, { header: address, table }: Entry, depth: number): PlainObject {
  must(depth <= maxPathSteps, "its groups are nested too deep");
  must(!walk.seen.has(address), "an object has several names");
  walk.seen.add(address);
  must(walk.seen.size <= mostObjects, "it has too many objects");
  const header = readHeader(walk.file, address);
  const attributes = readAttributes(walk, header);
  if (!header.has(messageTypes.symbolTable)) return readDataset(walk.file.origin, header, attributes);
  const isBoth = [messageTypes.layout, messageTypes.datatype, messageTypes.dataspace].some((type) => header.has(type));
  must(!isBoth, "a group is a data set as well");
  const body = only(header, messageTypes.symbolTable);
  const own = tableAt(viewOf(body), 0);
  must(!table || (table.tree === own.tree && table.heap === own.heap), "a link and a group name different tables");
  return { kind: "group", attributes, children: readChildren(walk, own, depth) };
}

function readAttributes(walk: Walk, header: PlainHeader): Map<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>();
  for (const body of header.get(messageTypes.attribute) ?? []) {
    const [name, value] = readAttributeMessage(body, (heap, index) => textIn(walk, heap, index));
    must(!attributes.has(name), `there are two attributes "${name}"`);
    attributes.set(name, value);
  }
  return attributes;
}

/** Keras 3 stores bfloat16 as two opaque bytes and says so in an attribute. */
function readDataset({ source, base }: Hdf5Origin, header: PlainHeader, attributes: PlainGroup["attributes"]) {
  const shape = readShape(only(header, messageTypes.dataspace));
  const { kind, sizeBytes } = readType(only(header, messageTypes.datatype));
  const isBfloat = sizeBytes === 2 && attributes.get("dtype") === "bfloat16";
  const format = isBfloat ? "bf16" : kind;
  must(format !== "text" && format !== "heap-text" && format !== "opaque", "a data set holds no numbers");
  const layout = readLayout(only(header, messageTypes.layout));
  const wanted = elementCount(shape) * sizeBytes;
  must(layout.sizeBytes === wanted, `a data set of ${wanted} bytes has ${layout.sizeBytes}`);
  const offset = base + layout.address;
  if (wanted > 0) checkRange(source.name, source.size, offset, wanted);
  return { kind: "dataset", attributes, shape, format, offset } as const;
}

function readChildren(walk: Walk, { tree, heap }: Table, depth: number): Map<string, PlainObject> {
  const names = localHeap(walk.file, heap);
  const children = new Map<string, PlainObject>();
  let before = "";
  for (const entry of entriesOf(walk.file, tree)) {
    const end = names.indexOf(0, entry.nameAt);
    must(end >= entry.nameAt, "a name has no end");
    const name = readName(names.subarray(entry.nameAt, end + 1));
    must(!name.includes("/") && name !== ".", `the name "${name}" is a path`);
    must(before < name, `the name "${name}" is out of order`);
    children.set(name, readObject(walk, entry, depth + 1));
    before = name;
  }
  return children;
}

/** The names of a group, each with a zero behind it. */
function localHeap(file: PlainBytes, address: number): Uint8Array {
  const head = file.marked(address, 32, "HEAP\0");
  const size = uint64(head, 8);
  const names = file.bytes(uint64(head, 24), size);
  must(names[0] === 0, "the names of a group do not begin with the empty one");
  const read = (at: number) => names.subarray(at, at + 16);
  checkFreeBlocks({ first: uint64(head, 16), size, where: "free space among a group's names", read });
  return names;
}

/** The entries under a tree's node, in the order of their names.
 * @param before where the last name before them is */
function entriesOf(file: PlainBytes, address: number, before = 0, level?: number): Entry[] {
  const head = file.marked(address, 24, "TREE\0");
  const [own, count] = [head.getUint8(5), head.getUint16(6, true)];
  must((level === undefined || own === level) && count <= 2 * symbolTableSizes.inner, "a tree of names is not sound");
  // in turns the place of the last name so far, and a child
  const body = file.view(address + 24, 16 * count + 8);
  const found: Entry[] = [];
  for (let at = 0, last = before; ; at += 16) {
    must(uint64(body, at) === last, "a tree of names leads elsewhere than it says");
    if (at === 16 * count) return found;
    const child = uint64(body, at + 8);
    found.push(...(own === 0 ? leafEntries(file, child) : entriesOf(file, child, last, own - 1)));
    last = found.at(-1)?.nameAt ?? last;
  }
}

function leafEntries(file: PlainBytes, address: number): Entry[] {
  const count = file.marked(address, 8, "SNOD\u0001").getUint16(6, true);
  must(count <= 2 * symbolTableSizes.leaf, "a table of names holds too many");
  const body = file.view(address + 8, entryBytes * count);
  return Array.from({ length: count }, (_, i) => entryAt(body, entryBytes * i));
}

function textIn({ file, heaps }: Walk, address: number, index: number): Uint8Array {
  const objects = heaps.get(address) ?? globalHeap(file, address);
  heaps.set(address, objects);
  const text = objects.get(index);
  must(text !== undefined, "a text is not in its heap");
  file.spend(text.length);
  return text;
}

function globalHeap(file: PlainBytes, address: number): Map<number, Uint8Array> {
  const sizeBytes = uint64(file.marked(address, 16, "GCOL\u0001"), 8);
  const objects = heapObjects(file.bytes(address, sizeBytes), file.origin.source.name);
  const byIndex = new Map(objects);
  must(byIndex.size === objects.length, "two texts of a heap have one number");
  return byIndex;
}
