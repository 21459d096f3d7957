import type { Dice } from "./dice.ts";
import { withChecksums } from "./hdf5-checksums.ts";
import { type ByteMutation, byteMutations, oddNumber, withInteger } from "./mutate-bytes.ts";

/** Blocks that an HDF5 file marks by four letters.
 * @see HDF5 File Format Specification 3.0, section III */
const signatures = ["TREE", "SNOD", "HEAP", "GCOL", "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "FADB"];

interface Structure {
  /** Where blocks and object headers begin. */
  readonly addresses: readonly number[];
  /** Where a word stands that is the address of a block. */
  readonly pointers: readonly number[];
}

const known = new WeakMap<Uint8Array, Structure>();

function structureOf(bytes: Uint8Array): Structure {
  const before = known.get(bytes);
  if (before) return before;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const addresses = new Set<number>();
  const words = signatures.map((letters) =>
    [...letters].reduce((word, c, i) => word + (c.charCodeAt(0) << (8 * i)), 0),
  );
  for (let at = 0; at + 4 <= bytes.length; at++) {
    if (!words.includes(view.getUint32(at, true))) continue;
    addresses.add(at);
    if (view.getUint32(at, true) === words[1]) for (const header of headersIn(view, at)) addresses.add(header);
  }
  const pointers: number[] = [];
  for (let at = 0; at + 8 <= bytes.length; at++)
    if (view.getUint32(at + 4, true) === 0 && addresses.has(view.getUint32(at, true))) pointers.push(at);
  const structure = { addresses: [...addresses], pointers };
  known.set(bytes, structure);
  return structure;
}

/** Object headers of old files carry no mark: their addresses stand in the entries of a symbol table node. */
function headersIn(view: DataView, node: number): number[] {
  const count = Math.min(64, node + 8 <= view.byteLength ? view.getUint16(node + 6, true) : 0);
  const places = Array.from({ length: count }, (_, i) => node + 8 + 40 * i + 8).filter(
    (at) => at + 8 <= view.byteLength,
  );
  return places.map((at) => view.getUint32(at, true)).filter((at) => at > 0 && at < view.byteLength);
}

/** A size, count, type or address within the first bytes of a block. */
const lieInBlock: ByteMutation = (bytes, dice) => {
  const { addresses } = structureOf(bytes);
  if (addresses.length === 0) return byteMutations.integer?.(bytes, dice, bytes) ?? bytes;
  const at = dice.pick(addresses) + dice.below(96);
  const width = dice.pick([1, 1, 2, 2, 4, 8]);
  const value = dice.chance(0.3) ? BigInt(dice.pick(addresses)) : oddNumber(dice, bytes.length);
  return withInteger(bytes, at, width, value);
};

/** One block's address in the place of another's: groups in themselves, heaps that are trees, nodes that follow each other. */
const wrongAddress: ByteMutation = (bytes, dice) => {
  const { addresses, pointers } = structureOf(bytes);
  if (pointers.length === 0) return lieInBlock(bytes, dice, bytes);
  const value = dice.chance(0.8) ? dice.pick(addresses) : dice.pick([0, 8, 48, 96, bytes.length - 8, bytes.length, -1]);
  return withInteger(bytes, dice.pick(pointers), 8, value);
};

/** The first 96 bytes tell the versions, the sizes of everything and where the root group is. */
const lieInSuperblock: ByteMutation = (bytes, dice) =>
  withInteger(bytes, 8 + dice.below(88), dice.pick([1, 2, 4, 8]), oddNumber(dice, bytes.length));

/** The same lies with checksums to match, in files that have them. */
const checked =
  (mutate: ByteMutation): ByteMutation =>
  (bytes, dice, other) =>
    withChecksums(mutate(bytes, dice, other));

export const hdf5Mutations: Readonly<Record<string, ByteMutation>> = {
  lieInBlock: checked(lieInBlock),
  lieInBlockTwice: checked((bytes, dice, other) => lieInBlock(lieInBlock(bytes, dice, other), dice, other)),
  lieInBlockUnchecked: lieInBlock,
  wrongAddress: checked(wrongAddress),
  wrongAddresses: checked((bytes, dice, other) => wrongAddress(wrongAddress(bytes, dice, other), dice, other)),
  wrongAddressUnchecked: wrongAddress,
  lieInSuperblock: checked(lieInSuperblock),
  flipBitsChecked: checked((bytes, dice, other) => byteMutations.flipBits?.(bytes, dice, other) ?? bytes),
};

export function anyMutation(table: Readonly<Record<string, ByteMutation>>, dice: Dice): [string, ByteMutation] {
  return dice.pick(Object.entries(table));
}
