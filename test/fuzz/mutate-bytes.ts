import { concatBytes } from "../../src/bytes.ts";
import { type Dice, oddNumbers } from "./dice.ts";

/** Damages bytes that mean nothing in particular. `other` is a file of the same kind, to cross with. */
export type ByteMutation = (bytes: Uint8Array, dice: Dice, other: Uint8Array) => Uint8Array;

/** Writes a little-endian integer of 1, 2, 4 or 8 bytes where it fits, and leaves the rest as it is. */
export function withInteger(bytes: Uint8Array, at: number, width: number, value: number | bigint): Uint8Array {
  const out = bytes.slice();
  let rest = BigInt.asUintN(64, BigInt(value));
  for (let i = 0; i < width && at + i < out.length; i++) {
    out[at + i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return out;
}

/** A number that a reader may stumble over, near the sizes of this file. */
export function oddNumber(dice: Dice, size: number): bigint {
  const near = [size, size - 1, size + 1, size >> 1, size * 2, -1, -2, -8];
  if (dice.chance(0.1)) return 2n ** 63n - BigInt(dice.below(2));
  return BigInt(dice.chance(0.5) ? dice.pick(near) : dice.pick(oddNumbers));
}

function range(dice: Dice, size: number, longest: number): [number, number] {
  const start = dice.below(size);
  return [start, Math.min(size, start + 1 + dice.below(longest))];
}

export const byteMutations: Readonly<Record<string, ByteMutation>> = {
  flipBits(bytes, dice) {
    const out = bytes.slice();
    for (let i = dice.below(8); i >= 0; i--) {
      const at = dice.below(out.length);
      out[at] = (out[at] ?? 0) ^ (1 << dice.below(8));
    }
    return out;
  },
  overwrite(bytes, dice) {
    const out = bytes.slice();
    const [start, end] = range(dice, out.length, 64);
    if (dice.chance(0.5)) out.fill(dice.pick([0, 255, 32, 127]), start, end);
    else out.set(dice.bytes(end - start), start);
    return out;
  },
  integer(bytes, dice) {
    const width = dice.pick([1, 2, 4, 8]);
    const at = dice.below(Math.max(1, Math.ceil(bytes.length / width))) * width;
    return withInteger(bytes, at, width, oddNumber(dice, bytes.length));
  },
  truncate: (bytes, dice) => bytes.slice(0, dice.below(bytes.length)),
  extend: (bytes, dice) => concatBytes([bytes, dice.bytes(1 + dice.below(300))]),
  remove(bytes, dice) {
    const [start, end] = range(dice, bytes.length, 200);
    return concatBytes([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  repeat(bytes, dice) {
    const [start, end] = range(dice, bytes.length, 200);
    return concatBytes([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  copyWithin(bytes, dice) {
    const [start, end] = range(dice, bytes.length, 256);
    return bytes.slice().copyWithin(dice.below(bytes.length), start, end);
  },
  cross(bytes, dice, other) {
    const at = dice.below(Math.min(bytes.length, other.length));
    return concatBytes([bytes.subarray(0, at), other.subarray(at)]);
  },
};
