import { Unzlib, zlibSync } from "fflate";
import { concatBytes } from "../bytes.ts";
import { BacklightError, ImageFormatError } from "../errors.ts";
import { toRgb } from "./channels.ts";
import { type PngFile, type PngHeader, pngChunk } from "./png-chunks.ts";
import { readPng } from "./png-codec.ts";
import type { Image } from "./types.ts";

/** What a 16-bit gray sample becomes: PIL clips it to 255, "scale" keeps its high byte. */
export type Gray16 = "clip" | "scale";

const samplesPerPixel = { gray: 1, rgb: 3, palette: 1, "gray-alpha": 2, rgba: 4 } as const;

/** The passes of an interlaced file hold the pixels (x0 + i * dx, y0 + j * dy). */
const wholeImage = [{ x0: 0, y0: 0, dx: 1, dy: 1 }] as const;
const adam7 = [
  { x0: 0, y0: 0, dx: 8, dy: 8 },
  { x0: 4, y0: 0, dx: 8, dy: 8 },
  { x0: 0, y0: 4, dx: 4, dy: 8 },
  { x0: 2, y0: 0, dx: 4, dy: 4 },
  { x0: 0, y0: 2, dx: 2, dy: 4 },
  { x0: 1, y0: 0, dx: 2, dy: 2 },
  { x0: 0, y0: 1, dx: 1, dy: 2 },
] as const;

/** Decodes to RGB as PIL's convert("RGB"): alpha and tRNS dropped, gray replicated, gamma and profiles ignored.
 * @throws ImageFormatError if the compressed data is damaged or too short
 * @throws BacklightError if the PNG codec cannot be loaded */
export async function decodePngFile(file: PngFile, gray16: Gray16): Promise<Image> {
  const { width, height } = file.header;
  const samples = await readPng(plainFile(file), { is16Bit: file.header.depth === 16 }).catch(refuse);
  const data = samples instanceof Uint16Array ? to8Bit(samples, file.header, gray16) : samples;
  return toRgb({ width, height, channels: 4, data });
}

/** The same picture as a file in which pngjs finds nothing that it takes otherwise than PIL: no tRNS, which it would
 * apply; a palette of 256 colours, since PIL takes an index past the end as black; and pixels known to inflate.
 * pngjs inflates interlaced files without a limit, and takes whatever is in memory where a stream is damaged. */
function plainFile({ preamble, header, palette, compressed }: PngFile): Uint8Array {
  const parts = [preamble];
  if (palette) parts.push(pngChunk("PLTE", concatBytes([palette, new Uint8Array(768)]).subarray(0, 768)));
  const pixels = inflate(compressed, pixelBytes(header));
  return concatBytes([...parts, pngChunk("IDAT", zlibSync(pixels, { level: 0 })), pngChunk("IEND")]);
}

/** How many bytes the rows of a picture and their filter bytes take. */
function pixelBytes({ width, height, depth, colour, interlaced }: PngHeader): number {
  let total = 0;
  for (const { x0, y0, dx, dy } of interlaced ? adam7 : wholeImage) {
    const [columns, rows] = [Math.ceil((width - x0) / dx), Math.ceil((height - y0) / dy)];
    if (columns > 0 && rows > 0) total += rows * (1 + Math.ceil((columns * depth * samplesPerPixel[colour]) / 8));
  }
  return total;
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

/** Without alpha PIL reads mode "I;16", whose convert("RGB") clips; of every other 16-bit kind it keeps the high byte. */
function to8Bit(samples: Uint16Array, { colour }: PngHeader, gray16: Gray16): Uint8Array {
  if (colour === "gray" && gray16 === "clip") return new Uint8Array(Uint8ClampedArray.from(samples).buffer);
  const data = new Uint8Array(samples.length);
  for (let i = 0; i < data.length; i++) data[i] = (samples[i] ?? 0) >> 8;
  return data;
}

function refuse(cause: unknown): never {
  if (cause instanceof BacklightError) throw cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const filter = /filter type - (\d+)/.exec(reason)?.[1];
  if (filter) {
    const message = `PNG: row filter ${filter} does not exist; the pixels are damaged. Fetch or save the file again.`;
    throw new ImageFormatError(message, { cause });
  }
  throw new ImageFormatError(`PNG: the decoder refused the file (pngjs: "${reason}"). Save it again.`, { cause });
}
