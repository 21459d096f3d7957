import { type Array64, at, type Reference, sumsOfProducts } from "./array.ts";

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const PARITY = 0x1bd11bda;
const ROUNDS = 20;

type Words = readonly [number, number];

/** Threefry-2x32 with 20 rounds, from the definition in Salmon et al. 2011. */
export function threefry([k0, k1]: Words, [c0, c1]: Words): Words {
  const keys = [k0, k1, k0 ^ k1 ^ PARITY];
  const key = (i: number) => keys[i % 3] ?? 0;
  let [a, b] = [(c0 + k0) >>> 0, (c1 + k1) >>> 0];
  for (let round = 1; round <= ROUNDS; round++) {
    const by = ROTATIONS[(round - 1) % 8] ?? 0;
    a = (a + b) >>> 0;
    b = (((b << by) | (b >>> (32 - by))) ^ a) >>> 0;
    if (round % 4 > 0) continue;
    a = (a + key(round / 4)) >>> 0;
    b = (b + key(round / 4 + 1) + round / 4) >>> 0;
  }
  return [a, b];
}

interface Inputs {
  readonly x: Array64;
}

export interface Decisions {
  readonly rate: number;
  readonly seed: Words;
  readonly channels?: boolean;
}

/** 1 / (1 - rate) where an element is kept, 0 where it is dropped. */
export function maskOf(shape: readonly number[], { rate, seed, channels = false }: Decisions): Float64Array {
  const C = shape.at(-1) ?? 1;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const picture = size / (shape[0] ?? 1);
  const kept = Math.fround(1 / (1 - rate));
  return Float64Array.from({ length: size }, (_, e) => {
    const decision = channels ? Math.floor(e / picture) * C + (e % C) : e;
    return threefry(seed, [decision, 0])[0] >>> 8 >= rate * 2 ** 24 ? kept : 0;
  });
}

/** x times the mask. */
export function masked(decisions: Decisions): Reference<Inputs> {
  const times = (x: Array64) => {
    const mask = maskOf(x.shape, decisions);
    return { shape: x.shape, data: x.data.map((value, i) => value * at(mask, i)) };
  };
  return sumsOfProducts({ forward: ({ x }) => times(x), vjp: (_, dy) => ({ x: times(dy).data }) });
}
