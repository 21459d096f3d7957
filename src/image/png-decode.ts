import { Unzlib } from "fflate";
import { ImageFormatError } from "../errors.ts";
import type { PngFile, PngHeader } from "./png-chunks.ts";
import { predict } from "./png-filter.ts";
import type { Image } from "./types.ts";

/** What a 16-bit gray sample becomes: PIL clips it to 255, "scale" keeps its high byte. */
export type Gray16 = "clip" | "scale";

const samplesPerPixel = { gray: 1, rgb: 3, palette: 1, "gray-alpha": 2, rgba: 4 } as const;

/** Where the pixels of one pass lie: pixel (x, y) of the pass is (x0 + x * dx, y0 + y * dy) of the image. */
interface Pass {
  readonly x0: number;
  readonly y0: number;
  readonly dx: number;
  readonly dy: number;
}

const wholeImage: readonly Pass[] = [{ x0: 0, y0: 0, dx: 1, dy: 1 }];
const adam7: readonly Pass[] = [
  { x0: 0, y0: 0, dx: 8, dy: 8 },
  { x0: 4, y0: 0, dx: 8, dy: 8 },
  { x0: 0, y0: 4, dx: 4, dy: 8 },
  { x0: 2, y0: 0, dx: 4, dy: 4 },
  { x0: 0, y0: 2, dx: 2, dy: 4 },
  { x0: 1, y0: 0, dx: 2, dy: 2 },
  { x0: 0, y0: 1, dx: 1, dy: 2 },
];

/** Decodes to RGB as PIL's convert("RGB"): alpha and tRNS dropped, gray replicated, gamma and profiles ignored.
 * @throws ImageFormatError if the compressed data is damaged or too short */
export function decodePngFile(file: PngFile, gray16: Gray16): Image {
  const { header } = file;
  const passes = (header.interlaced ? adam7 : wholeImage)
    .map((pass) => ({
      ...pass,
      width: Math.ceil((header.width - pass.x0) / pass.dx),
      height: Math.ceil((header.height - pass.y0) / pass.dy),
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);
  const bitsPerPixel = header.depth * samplesPerPixel[header.colour];
  const rowBytes = (width: number) => Math.ceil((width * bitsPerPixel) / 8);
  const totalBytes = passes.reduce((sum, pass) => sum + pass.height * (rowBytes(pass.width) + 1), 0);
  const raw = inflate(file.compressed, totalBytes);
  const write = pixelWriter(file, gray16);
  const data = new Uint8Array(header.width * header.height * 3);
  let at = 0;
  for (const pass of passes) {
    const stride = rowBytes(pass.width) + 1;
    unfilter(raw.subarray(at, at + stride * pass.height), stride, Math.max(1, bitsPerPixel >> 3));
    for (let y = 0; y < pass.height; y++, at += stride) {
      const row = raw.subarray(at + 1, at + stride);
      const start = (pass.y0 + y * pass.dy) * header.width + pass.x0;
      for (let x = 0; x < pass.width; x++) write(row, x, data, (start + x * pass.dx) * 3);
    }
  }
  return { width: header.width, height: header.height, channels: 3, data };
}

/** Inflates at most `sizeBytes`, in small steps: a bomb cannot take more memory than the header's size allows. */
function inflate(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const out = new Uint8Array(sizeBytes);
  let filled = 0;
  const stream = new Unzlib((chunk) => {
    const part = chunk.subarray(0, sizeBytes - filled);
    out.set(part, filled);
    filled += part.length;
  });
  const stepBytes = 4096; // each byte can become 1032
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length && filled < sizeBytes; at += stepBytes) {
        stream.push(piece.subarray(at, at + stepBytes));
      }
    }
  } catch (cause) {
    throw new ImageFormatError("PNG: the compressed pixels are damaged. Fetch or save the file again.", { cause });
  }
  if (filled < sizeBytes) {
    const found = `they end after ${filled} of ${sizeBytes} bytes`;
    throw new ImageFormatError(`PNG: the compressed pixels are truncated: ${found}. Fetch the file again.`);
  }
  return out;
}

/** Undoes the row filters in place. `back` is the distance in bytes to the sample on the left. */
function unfilter(rows: Uint8Array, stride: number, back: number): void {
  for (let start = 0; start < rows.length; start += stride) {
    const filter = rows[start] ?? 0;
    if (filter > 4) throw new ImageFormatError(`PNG: row filter ${filter} does not exist; the pixels are damaged.`);
    if (filter === 0) continue;
    for (let i = 1; i < stride; i++) {
      const at = start + i;
      const left = i > back ? (rows[at - back] ?? 0) : 0;
      const up = start > 0 ? (rows[at - stride] ?? 0) : 0;
      const upLeft = i > back && start > 0 ? (rows[at - stride - back] ?? 0) : 0;
      rows[at] = (rows[at] ?? 0) + predict(filter, left, up, upLeft);
    }
  }
}

type PixelWriter = (row: Uint8Array, x: number, out: Uint8Array, at: number) => void;

function pixelWriter({ header, palette }: PngFile, gray16: Gray16): PixelWriter {
  if (header.colour === "rgb" || header.colour === "rgba") return colourWriter(header);
  const sample = sampleReader(header, gray16);
  if (header.colour === "palette") {
    return (row, x, out, at) => {
      const index = sample(row, x) * 3;
      // An index past the palette's end is black, as in PIL.
      for (let c = 0; c < 3; c++) out[at + c] = palette?.[index + c] ?? 0;
    };
  }
  return (row, x, out, at) => out.fill(sample(row, x), at, at + 3);
}

function colourWriter({ depth, colour }: PngHeader): PixelWriter {
  const step = depth >> 3; // of 16-bit samples PIL keeps the high byte, which comes first
  const stride = samplesPerPixel[colour] * step;
  return (row, x, out, at) => {
    const from = x * stride;
    out[at] = row[from] ?? 0;
    out[at + 1] = row[from + step] ?? 0;
    out[at + 2] = row[from + 2 * step] ?? 0;
  };
}

function sampleReader({ depth, colour }: PngHeader, gray16: Gray16): (row: Uint8Array, x: number) => number {
  if (colour === "gray-alpha") return (row, x) => row[x * 2 * (depth >> 3)] ?? 0;
  if (depth === 8) return (row, x) => row[x] ?? 0;
  if (depth === 16) {
    // Without alpha PIL reads mode "I;16", whose convert("RGB") clips instead of scaling; with alpha it does not.
    if (gray16 === "scale") return (row, x) => row[2 * x] ?? 0;
    return (row, x) => ((row[2 * x] ?? 0) > 0 ? 255 : (row[2 * x + 1] ?? 0));
  }
  const perByte = 8 / depth;
  const mask = (1 << depth) - 1;
  const factor = colour === "palette" ? 1 : 255 / mask;
  return (row, x) => {
    const shift = 8 - depth * ((x % perByte) + 1);
    return (((row[Math.floor(x / perByte)] ?? 0) >> shift) & mask) * factor;
  };
}
