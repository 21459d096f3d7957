/** The first bytes of an HDF5 file, read by hand: what is said about a file must not depend on opening it. */
import { WeightsFormatError } from "../src/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { looksLike } from "./sniff.ts";

const signature = [0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10];

/** Checks the signature and that the file is as long as its own header says.
 * @returns where the superblock stands, which is where the file's addresses count from
 * @throws WeightsFormatError saying what the file looks like, or how much of it is missing
 * @see    HDF5 File Format Specification 3.0, section II.A (superblock) */
export function checkHdf5Header(source: ByteSource): number {
  const start = findSuperblock(source);
  if (start === undefined) {
    const head = source.read(0, Math.min(source.size, 512));
    if (signature.every((b, i) => head[i] === b)) {
      throw new WeightsFormatError(`${source.name} is cut short: only ${source.size} bytes of an HDF5 file are there.`);
    }
    throw new WeightsFormatError(`${source.name} is not an HDF5 file: it looks like ${looksLike(head)}.`);
  }
  const declared = declaredSize(source, start);
  if (declared !== undefined && declared > source.size) {
    throw new WeightsFormatError(
      `${source.name} is cut short: its header declares ${declared} bytes and the file has ${source.size}. ` +
        "Download or copy it again.",
    );
  }
  return start;
}

/** Whether there is an HDF5 file in it, at its beginning or behind a user block. */
export function isHdf5(source: ByteSource): boolean {
  return findSuperblock(source) !== undefined;
}

/** The superblock stands at 0, or after a user block of 512, 1024, 2048, ... bytes. */
function findSuperblock(source: ByteSource): number | undefined {
  for (let at = 0; at + 64 <= source.size; at = at === 0 ? 512 : at * 2) {
    const bytes = source.read(at, signature.length);
    if (signature.every((b, i) => bytes[i] === b)) return at;
  }
  return undefined;
}

function declaredSize(source: ByteSource, start: number): number | undefined {
  const bytes = source.read(start, 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint8(8);
  if (version > 3) return undefined;
  // Versions 0 and 1 keep the sizes of offsets at byte 13, the later ones at byte 9.
  const [offsetBytes, lengthBytes] =
    version < 2 ? [view.getUint8(13), view.getUint8(14)] : [view.getUint8(9), view.getUint8(10)];
  if (offsetBytes !== 8 || lengthBytes !== 8) {
    throw new WeightsFormatError(
      `${source.name} counts in ${offsetBytes} and ${lengthBytes} bytes; HDF5 files of Keras count in 8. It is damaged.`,
    );
  }
  const endOfFileAt = version === 0 ? 40 : version === 1 ? 44 : 28;
  return Number(view.getBigUint64(endOfFileAt, true));
}
