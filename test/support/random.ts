// Random values from a text seed: the same in every lane, so that a failure can be repeated.

import { generator } from "../../src/random.ts";

export interface RandomOptions {
  /** Lowest and highest value; [-1, 1) unless given. */
  readonly range?: readonly [number, number];
  /** Round to multiples of this, so that equal values occur. */
  readonly step?: number;
}

/** @returns `count` float32 values drawn evenly from the range */
export function randomValues(seed: string, count: number, options: RandomOptions = {}): Float32Array<ArrayBuffer> {
  const [low, high] = options.range ?? [-1, 1];
  const { step } = options;
  const next = generator(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = low + (high - low) * next();
    values[i] = step === undefined ? value : Math.round(value / step) * step;
  }
  return values;
}

/** Whole numbers from `low` to `high`, both included. */
export function randomIntegers(seed: string, count: number, [low, high]: readonly [number, number]): Int32Array {
  const next = generator(seed);
  return Int32Array.from({ length: count }, () => low + Math.floor((high - low + 1) * next()));
}
