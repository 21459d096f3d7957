// Files of the format that MNIST is kept in.

/** @param type 8 is that of bytes */
export function idxFile(shape: readonly number[], data: Iterable<number>, type = 8): Uint8Array<ArrayBuffer> {
  const header = [
    0,
    0,
    type,
    shape.length,
    ...shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]),
  ];
  return Uint8Array.from([...header, ...data]);
}
