// Newer HDF5 files carry a checksum with every header: damage alone would never get past it.
import { withInteger } from "./mutate-bytes.ts";

const rotated = (x: number, k: number) => (x << k) | (x >>> (32 - k));

/** Bob Jenkins' lookup3 with the initial value 0, as HDF5 uses it.
 * @see HDF5 File Format Specification 3.0, section VII (checksums) */
export function lookup3(bytes: Uint8Array): number {
  const padded = new Uint8Array(Math.max(12, Math.ceil(bytes.length / 12) * 12));
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  let a = (0xdeadbeef + bytes.length) | 0;
  let [b, c] = [a, a];
  for (let at = 0; at < bytes.length; at += 12) {
    a = (a + view.getInt32(at, true)) | 0;
    b = (b + view.getInt32(at + 4, true)) | 0;
    c = (c + view.getInt32(at + 8, true)) | 0;
    [a, b, c] = at + 12 < bytes.length ? mix(a, b, c) : finish(a, b, c);
  }
  return c >>> 0;
}

type Three = [number, number, number];

function mix(a0: number, b0: number, c0: number): Three {
  let [a, b, c] = [a0, b0, c0];
  for (const [k, l, m] of [
    [4, 6, 8],
    [16, 19, 4],
  ] as const) {
    a = (a - c) ^ rotated(c, k);
    c = (c + b) | 0;
    b = (b - a) ^ rotated(a, l);
    a = (a + c) | 0;
    c = (c - b) ^ rotated(b, m);
    b = (b + a) | 0;
  }
  return [a, b, c];
}

function finish(a0: number, b0: number, c0: number): Three {
  let [a, b, c] = [a0, b0, c0];
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  c = ((c ^ b) - rotated(b, 24)) | 0;
  return [a, b, c];
}

/** The checksums of the superblock and of all object headers made right. */
export function withChecksums(bytes: Uint8Array): Uint8Array {
  let out = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[8] ?? 0;
  if (bytes.length >= 48 && (version === 2 || version === 3))
    out = withInteger(out, 44, 4, lookup3(out.subarray(0, 44)));
  for (let at = 0; at + 16 <= bytes.length; at++) {
    if (view.getUint32(at, false) !== 0x4f484452) continue;
    const end = headerEnd(view, at);
    if (end + 4 <= bytes.length) out = withInteger(out, end, 4, lookup3(out.subarray(at, end)));
  }
  return out;
}

/** Where the first part of an object header ends and its checksum stands. */
function headerEnd(view: DataView, at: number): number {
  const flags = view.getUint8(at + 5);
  const sizeAt = at + 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
  const width = 1 << (flags & 3);
  if (sizeAt + width > view.byteLength || width === 8) return Number.POSITIVE_INFINITY;
  const size =
    width === 1 ? view.getUint8(sizeAt) : width === 2 ? view.getUint16(sizeAt, true) : view.getUint32(sizeAt, true);
  return sizeAt + width + size;
}
