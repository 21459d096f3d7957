import { concatBytes, crc32 } from "../bytes.ts";
import { ImageFormatError } from "../errors.ts";

/** The fields of IHDR, checked. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly colour: "gray" | "rgb" | "palette" | "gray-alpha" | "rgba";
  readonly interlaced: boolean;
}

/** Everything of a PNG file that decoding needs. */
export interface PngFile {
  /** The signature and IHDR as they stand in the file. */
  readonly preamble: Uint8Array;
  readonly header: PngHeader;
  /** Red, green and blue of each colour; undefined where the file has no PLTE. */
  readonly palette: Uint8Array | undefined;
  readonly exif: Uint8Array | undefined;
  /** The zlib stream, in the pieces in which the file holds it. */
  readonly compressed: readonly Uint8Array[];
}

const signatureBytes = 8;
const ihdrBytes = 13;
const preambleBytes = signatureBytes + 12 + ihdrBytes;
/** libpng's own default. Far above it the decoder would need gigabytes for the list of rows alone. */
const maxSide = 1_000_000;

const colourTypes: Record<number, { colour: PngHeader["colour"]; depths: readonly number[] }> = {
  0: { colour: "gray", depths: [1, 2, 4, 8, 16] },
  2: { colour: "rgb", depths: [8, 16] },
  3: { colour: "palette", depths: [1, 2, 4, 8] },
  4: { colour: "gray-alpha", depths: [8, 16] },
  6: { colour: "rgba", depths: [8, 16] },
};

/** Reads IHDR alone, so that a caller can refuse a size before anything is decompressed.
 * @throws ImageFormatError if IHDR is missing, damaged or against the PNG specification */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length < preambleBytes) {
    throw new ImageFormatError(`PNG: the file ends after ${bytes.length} bytes, inside its header. Fetch it again.`);
  }
  const view = viewOf(bytes);
  if (typeAt(bytes, signatureBytes + 4) !== "IHDR" || view.getUint32(signatureBytes) !== ihdrBytes) {
    throw new ImageFormatError("PNG: the first chunk is not IHDR, so the file is damaged. Fetch or save it again.");
  }
  checkCrc(bytes, signatureBytes, ihdrBytes);
  const at = signatureBytes + 8;
  const [width, height] = [view.getUint32(at), view.getUint32(at + 4)];
  const depth = view.getUint8(at + 8);
  const type = colourTypes[view.getUint8(at + 9)];
  if (width === 0 || height === 0) throw new ImageFormatError(`PNG: the header says ${width}x${height} pixels.`);
  if (Math.max(width, height) > maxSide) {
    const got = `${width}x${height} pixels`;
    throw new ImageFormatError(`PNG: the header says ${got}, but a side may have at most ${maxSide}. Cut it up.`);
  }
  if (!type?.depths.includes(depth)) {
    throw new ImageFormatError(`PNG: colour type ${view.getUint8(at + 9)} with ${depth} bits does not exist.`);
  }
  const [compression, filter, interlace] = [view.getUint8(at + 10), view.getUint8(at + 11), view.getUint8(at + 12)];
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    const found = `${compression}, ${filter}, ${interlace}`;
    throw new ImageFormatError(`PNG: compression, filter, interlace are ${found}; only 0, 0 and 0 or 1 exist.`);
  }
  return { width, height, depth: depth as PngHeader["depth"], colour: type.colour, interlaced: interlace === 1 };
}

/** Walks the chunks up to IEND; what follows IEND is ignored, as PIL does.
 * @throws ImageFormatError if the file ends before IEND, a checksum differs, or a needed chunk is missing */
export function readPngFile(bytes: Uint8Array): PngFile {
  const header = readPngHeader(bytes);
  const compressed: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let exif: Uint8Array | undefined;
  for (let at = preambleBytes; ; ) {
    const chunk = chunkAt(bytes, at);
    if (chunk.type === "IEND") break;
    if (chunk.type === "IDAT") compressed.push(chunk.data);
    else if (chunk.type === "PLTE") palette = chunk.data;
    else if (chunk.type === "eXIf") exif = chunk.data;
    else if (isCritical(chunk.type)) {
      throw new ImageFormatError(`PNG: chunk "${chunk.type}" is unknown but marked as necessary. Save as plain PNG.`);
    }
    at += 12 + chunk.data.length;
  }
  if (compressed.length === 0) throw new ImageFormatError("PNG: the file holds no pixels (no IDAT chunk).");
  if (header.colour === "palette" && !palette) {
    throw new ImageFormatError("PNG: the pixels refer to a palette but the file has none (no PLTE chunk).");
  }
  return { preamble: bytes.subarray(0, preambleBytes), header, palette, exif, compressed };
}

/** A chunk as it stands in the file: length, type, data, checksum. */
export function pngChunk(type: string, ...data: readonly Uint8Array[]): Uint8Array {
  const blank = new Uint8Array(4); // length and checksum follow
  const chunk = concatBytes([blank, Uint8Array.from(type, (letter) => letter.charCodeAt(0)), ...data, blank]);
  const view = viewOf(chunk);
  view.setUint32(0, chunk.length - 12);
  view.setUint32(chunk.length - 4, crc32(chunk.subarray(4, -4)));
  return chunk;
}

function chunkAt(bytes: Uint8Array, at: number): { type: string; data: Uint8Array } {
  const length = at + 8 <= bytes.length ? viewOf(bytes).getUint32(at) : 0;
  if (at + 12 + length > bytes.length) {
    const where = `it ends after ${bytes.length} bytes without an IEND chunk`;
    throw new ImageFormatError(`PNG: the file is truncated: ${where}. Fetch it again.`);
  }
  checkCrc(bytes, at, length);
  return { type: typeAt(bytes, at + 4), data: bytes.subarray(at + 8, at + 8 + length) };
}

function checkCrc(bytes: Uint8Array, at: number, length: number): void {
  if (crc32(bytes.subarray(at + 4, at + 8 + length)) === viewOf(bytes).getUint32(at + 8 + length)) return;
  const type = JSON.stringify(typeAt(bytes, at + 4));
  throw new ImageFormatError(`PNG: chunk ${type} at byte ${at} is damaged (its checksum differs). Fetch it again.`);
}

function isCritical(type: string): boolean {
  return (type.charCodeAt(0) & 0x20) === 0;
}

function typeAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
