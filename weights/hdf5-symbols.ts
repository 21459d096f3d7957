/** The names in an HDF5 group: a heap of texts, and a tree over nodes of sorted entries.
 * @see HDF5 File Format Specification 3.0, sections III.A to III.D */
import { type Hdf5Bytes, undefinedAddress } from "./hdf5-bytes.ts";

/** One name in a group. */
export interface SymbolEntry {
  readonly name: string;
  /** Address of the object's header. */
  readonly header: number;
  /** Of a group: where its own names are. */
  readonly table?: { readonly tree: number; readonly heap: number };
}

/** Half of what a node holds, as the superblock says it. */
export const symbolTableSizes = { leaf: 4, inner: 16 } as const;

const perLeaf = 2 * symbolTableSizes.leaf;
const perNode = 2 * symbolTableSizes.inner;
const treeNodeBytes = 24 + 8 * (perNode + 1) + 8 * perNode;
/** How the library writes "no free block" in a heap. */
const noFreeBlock = 1;

interface Named extends SymbolEntry {
  readonly bytes: Uint8Array;
}

/** A child of a tree's node, and the heap's place of the last name under it. */
interface Child {
  readonly address: number;
  readonly lastName: number;
}

/** Writes the names of one group. */
export function symbolTable(out: Hdf5Bytes, entries: readonly SymbolEntry[]): { tree: number; heap: number } {
  const encoder = new TextEncoder();
  const named: Named[] = entries.map((entry) => ({ ...entry, bytes: encoder.encode(entry.name) }));
  named.sort((a, b) => compareBytes(a.bytes, b.bytes));
  const { heap, places } = writeHeap(out, named);
  let children: Child[] = groupsOf(
    named.map((entry, i) => ({ entry, place: places[i] ?? 0 })),
    perLeaf,
  ).map((group) => ({
    address: writeLeaf(out, group),
    lastName: group.at(-1)?.place ?? 0,
  }));
  for (let level = 0; ; level++) {
    const nodes = groupsOf(children, perNode);
    if (nodes.length === 0) nodes.push([]);
    children = writeLevel(out, nodes, level);
    const [root, ...others] = children;
    if (root && others.length === 0) return { tree: root.address, heap };
  }
}

/** The library looks names up by their bytes. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0);
}

function groupsOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

function writeHeap(out: Hdf5Bytes, entries: readonly Named[]): { heap: number; places: number[] } {
  const padded = (length: number) => Math.ceil((length + 1) / 8) * 8;
  // the empty name stands first: it is the lower bound of every tree
  const sizeBytes = entries.reduce((sum, { bytes }) => sum + padded(bytes.length), 8);
  const heap = out.align().length;
  out.raw(new TextEncoder().encode("HEAP")).zeros(4).u64(sizeBytes);
  out.u64(noFreeBlock);
  out.u64(heap + 32);
  out.zeros(8);
  const places = entries.map(({ bytes }) => {
    const place = out.length - heap - 32;
    out.raw(bytes).zeros(padded(bytes.length) - bytes.length);
    return place;
  });
  return { heap, places };
}

function writeLeaf(out: Hdf5Bytes, group: readonly { entry: SymbolEntry; place: number }[]): number {
  const at = out.align().length;
  out.raw(new TextEncoder().encode("SNOD")).u8(1, 0).u16(group.length);
  for (const { entry, place } of group) {
    out.u64(place);
    out.u64(entry.header);
    out.u32(entry.table ? 1 : 0).u32(0);
    out.u64(entry.table?.tree ?? 0);
    out.u64(entry.table?.heap ?? 0);
  }
  out.zeros(40 * (perLeaf - group.length));
  return at;
}

/** Writes the nodes of one level side by side; each knows its neighbours. */
function writeLevel(out: Hdf5Bytes, nodes: readonly (readonly Child[])[], level: number): Child[] {
  const first = out.align().length;
  let lower = 0;
  return nodes.map((children, i) => {
    const address = first + i * treeNodeBytes;
    out.raw(new TextEncoder().encode("TREE")).u8(0, level).u16(children.length);
    out.u64(i === 0 ? undefinedAddress : address - treeNodeBytes);
    out.u64(i === nodes.length - 1 ? undefinedAddress : address + treeNodeBytes);
    out.u64(lower);
    for (const child of children) {
      out.u64(child.address);
      out.u64(child.lastName);
      lower = child.lastName;
    }
    out.zeros(16 * (perNode - children.length));
    return { address, lastName: lower };
  });
}
