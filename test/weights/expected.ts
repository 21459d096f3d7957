/** The values that tools/fixtures/hdf5.py gives to an array which begins at `start`. */
export function expectedValues(count: number, start: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((((start + i) * 7) % 33) - 16) / 8);
}
