/** Entry 256 k + b: what byte b, followed by k zero bytes, does to the checksum. */
const table = new Uint32Array(1024);
for (let i = 0; i < 1024; i++) {
  let c = i < 256 ? i : (table[i - 256] ?? 0);
  const zeroBits = 8;
  for (let bit = 0; bit < zeroBits; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  table[i] = c;
}

/** CRC-32 as zip and PNG use it (polynomial 0xEDB88320, reflected), four bytes a step: files are large. */
export function crc32(bytes: Uint8Array): number {
  const words = bytes.length >>> 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let c = -1;
  for (let i = 0; i < words; i++) {
    c ^= view.getInt32(4 * i, true);
    c =
      (table[768 + (c & 255)] ?? 0) ^
      (table[512 + ((c >>> 8) & 255)] ?? 0) ^
      (table[256 + ((c >>> 16) & 255)] ?? 0) ^
      (table[c >>> 24] ?? 0);
  }
  for (let i = 4 * words; i < bytes.length; i++) c = (table[(c ^ (bytes[i] ?? 0)) & 255] ?? 0) ^ (c >>> 8);
  return ~c >>> 0;
}

/** The parts one after another, in an array of their own. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
