import { ImageFormatError } from "../errors.ts";

/** What the markers of a JPEG file say, read without decoding. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** The payload of the EXIF segment, from its TIFF header on. */
  readonly exif: Uint8Array | undefined;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
}

/** Frame types that cannot be decoded, by their marker's second byte. */
const unsupportedFrames: Record<number, string> = {
  195: "lossless",
  197: "hierarchical",
  198: "hierarchical",
  199: "hierarchical lossless",
  201: "arithmetic-coded",
  202: "arithmetic-coded progressive",
  203: "arithmetic-coded lossless",
  205: "arithmetic-coded hierarchical",
  206: "arithmetic-coded hierarchical",
  207: "arithmetic-coded hierarchical",
};
const marker = { startOfScan: 0xda, endOfImage: 0xd9, app1: 0xe1 } as const;

/** Walks the markers from the first byte to the end-of-image marker.
 * @throws ImageFormatError if the file ends too early, or uses a kind of JPEG that cannot be decoded */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  let frame: Frame | undefined;
  let exif: Uint8Array | undefined;
  let scans = 0;
  for (let at = 2; ; ) {
    const code = markerAt(bytes, at);
    if (code.value === marker.endOfImage) break;
    const segment = segmentAt(bytes, code.end);
    at = segment.end;
    if (isFrame(code.value)) frame ??= readFrame(code.value, segment.data);
    else if (code.value === marker.app1) exif ??= exifPayload(segment.data);
    else if (code.value === marker.startOfScan) {
      scans++;
      at = endOfScan(bytes, at);
    }
  }
  if (!frame || scans === 0) {
    throw new ImageFormatError("JPEG: the file has no picture in it (no frame or no scan). Fetch or save it again.");
  }
  return { ...frame, exif };
}

/** The marker at `at`; any number of 0xFF may precede it. */
function markerAt(bytes: Uint8Array, start: number): { value: number; end: number } {
  let at = start;
  if (at < bytes.length && bytes[at] !== 0xff) {
    throw new ImageFormatError(
      `JPEG: byte ${at} should start a marker (0xFF) but is ${bytes[at]}; the file is damaged.`,
    );
  }
  while (bytes[at] === 0xff) at++;
  const value = bytes[at];
  if (value === undefined) throw truncated(bytes);
  return { value, end: at + 1 };
}

function segmentAt(bytes: Uint8Array, at: number): { data: Uint8Array; end: number } {
  const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at + Math.max(2, length) > bytes.length) throw truncated(bytes);
  if (length < 2) throw new ImageFormatError(`JPEG: the segment at byte ${at} has length ${length}; it is damaged.`);
  return { data: bytes.subarray(at + 2, at + length), end: at + length };
}

/** Skips entropy-coded data, where 0xFF is followed by 0 (stuffing) or by a restart marker. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    const isRestart = next !== undefined && next >= 0xd0 && next <= 0xd7;
    if (next !== undefined && next !== 0 && next !== 0xff && !isRestart) return at;
  }
  throw truncated(bytes);
}

function truncated(bytes: Uint8Array): ImageFormatError {
  const found = `it ends after ${bytes.length} bytes without an end-of-image marker`;
  return new ImageFormatError(`JPEG: the file is truncated: ${found}. Fetch it again.`);
}

/** C0 to CF start a frame, except C4 (Huffman tables), C8 (reserved) and CC (arithmetic conditioning). */
function isFrame(value: number): boolean {
  return value >= 0xc0 && value <= 0xcf && value !== 0xc4 && value !== 0xc8 && value !== 0xcc;
}

function readFrame(value: number, data: Uint8Array): Frame {
  const kind = unsupportedFrames[value];
  if (kind) {
    throw new ImageFormatError(
      `JPEG: the file is ${kind}; only baseline and progressive Huffman are decoded. Convert it.`,
    );
  }
  const [precision = 0, h1 = 0, h0 = 0, w1 = 0, w0 = 0, components = 0] = data;
  const [width, height] = [(w1 << 8) | w0, (h1 << 8) | h0];
  if (precision !== 8) {
    throw new ImageFormatError(`JPEG: samples have ${precision} bits; only 8 are decoded. Convert the file first.`);
  }
  if (width === 0 || height === 0) throw new ImageFormatError(`JPEG: the header says ${width}x${height} pixels.`);
  if (components === 4) {
    throw new ImageFormatError(
      "JPEG: the file holds CMYK colours (4 components), made for print. Convert it to RGB or gray first.",
    );
  }
  if (components !== 1 && components !== 3) {
    throw new ImageFormatError(`JPEG: the file has ${components} components; 1 (gray) and 3 (colour) are decoded.`);
  }
  return { width, height, components };
}

function exifPayload(data: Uint8Array): Uint8Array | undefined {
  const isExif = String.fromCharCode(...data.subarray(0, 6)) === "Exif\0\0";
  return isExif ? data.subarray(6) : undefined;
}
