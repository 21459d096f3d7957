import { generator } from "../../src/random.ts";

/** Random choices from a text seed: the same in every lane and run. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: string) {
    this.#next = generator(seed);
  }

  /** A whole number from 0 to `count - 1`; 0 when there is nothing to choose from. */
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** @throws Error when the list is empty */
  pick<T>(list: readonly T[]): T {
    const [first] = list.slice(this.below(list.length));
    if (first === undefined) throw new Error("Dice.pick: nothing to choose from");
    return first;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

/** Numbers at which sizes, counts and addresses go wrong. */
export const oddNumbers: readonly number[] = [
  0,
  1,
  2,
  3,
  7,
  8,
  15,
  16,
  127,
  128,
  255,
  256,
  4095,
  65535,
  65536,
  1e6,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
