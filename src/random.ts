// Random numbers that a seed repeats on every machine, to the last bit: integer hashing, and of float64 arithmetic only
// what IEEE 754 rounds correctly, since languages leave the last digits of logarithms and cosines open.

/** A seed in words or as a number. */
export type Seed = number | string;

/** @returns `count` float32 values drawn evenly from [0, 1), multiples of 2^-24 */
export function uniform(seed: Seed, count: number): Float32Array<ArrayBuffer> {
  const next = generator(seed);
  return new Float32Array(count).map(next);
}

/** @returns `count` float32 values of the normal distribution with mean 0 and standard deviation 1
 * @see     Marsaglia and Bray 1964, the polar method */
export function gaussian(seed: Seed, count: number): Float32Array<ArrayBuffer> {
  const next = generator(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; ) {
    const u = 2 * next() - 1;
    const v = 2 * next() - 1;
    const s = u * u + v * v;
    if (s >= 1 || s === 0) continue;
    const radius = Math.sqrt((-2 * logarithm(s)) / s);
    values[i++] = u * radius;
    if (i < count) values[i++] = v * radius;
  }
  return values;
}

/** Two 32-bit numbers that a seed repeats: the key of a counter-based generator. */
export function keyOf(seed: Seed): [number, number] {
  const next = generator(seed);
  return [next() * 2 ** 24, next() * 2 ** 24];
}

/** Evenly spread numbers in [0, 1): a counter through an integer hash. */
export function generator(seed: Seed): () => number {
  let state = 0x9747b28c;
  for (const letter of String(seed)) state = scramble(state ^ (letter.codePointAt(0) ?? 0));
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return (scramble(state) >>> 8) / 2 ** 24;
  };
}

/** Mixes 32 bits so that each bit of the result depends on all (the finaliser of MurmurHash3). */
function scramble(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Natural logarithm of a number in (0, 1]: ln x = 2 artanh((x - 1) / (x + 1)), after halvings that keep x near 1. */
function logarithm(value: number): number {
  let x = value;
  let halvings = 0;
  for (; x < 0.75; halvings++) x *= 2;
  const z = (x - 1) / (x + 1); // at most 1/5
  const square = z * z;
  let series = 0;
  for (let odd = 23; odd > 0; odd -= 2) series = series * square + 1 / odd;
  return 2 * z * series - halvings * Math.LN2;
}
