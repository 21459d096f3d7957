/** Values in [-1, 1) without zeros or denormal numbers, which some adapters multiply at another speed.
 * @param first another value gives other numbers */
export function noise(count: number, first = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => ((Math.imul(i + first, 0x9e3779b1) >>> 8) + 0.5) / 2 ** 23 - 1);
}
