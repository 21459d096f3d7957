import { ImageFormatError } from "../errors.ts";
import { decodeJpegFile } from "./jpeg-decode.ts";
import { readJpegHeader } from "./jpeg-header.ts";
import { applyOrientation, readOrientation } from "./orient.ts";
import { readPngFile, readPngHeader } from "./png-chunks.ts";
import { decodePngFile, type Gray16 } from "./png-decode.ts";
import { sniffFormat } from "./sniff.ts";
import type { Image, Size } from "./types.ts";

/** Pictures above this are refused before they are decoded: 64 megapixels, 192 MiB as RGB. */
export const defaultMaxPixels = 64 * 1024 * 1024;

/** Where decoding leaves a choice. */
export interface DecodeOptions {
  /** Turn the picture upright by its EXIF orientation. Keras' load_img does not, so the default is false. */
  readonly orient?: boolean;
  /** Pixels allowed, width x height; 64 x 1024 x 1024 if not given. */
  readonly maxPixels?: number;
  /** 16-bit gray PNG without alpha: "clip" (default) makes every value above 255 white, exactly as PIL and
   * load_img do; "scale" keeps the high byte, which shows the picture. */
  readonly gray16?: Gray16;
}

/** Decodes a PNG or JPEG file to RGB with the samples that PIL's `Image.open(f).convert("RGB")` gives.
 * The format is told from the first bytes, never from a name. Alpha is dropped, not composited; gray is replicated;
 * palettes are resolved; of 16-bit colour the high byte is kept; gamma and colour profiles are ignored.
 * @param bytes the whole file
 * @returns     3 channels, interleaved, 0..255
 * @throws      ImageFormatError if the file is another format, damaged, truncated, too large, or a CMYK,
 *              lossless, arithmetic-coded or 12-bit JPEG */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Image> {
  const format = sniffFormat(bytes);
  if (format !== "png" && format !== "jpeg") {
    throw new ImageFormatError(
      `decodeImage: got ${format.other}, but reads PNG and JPEG only. Convert the file first.`,
    );
  }
  const { image, exif } = await (format === "png" ? decodePng : decodeJpeg)(bytes, options);
  return options.orient && exif ? applyOrientation(image, readOrientation(exif)) : image;
}

interface Decoded {
  readonly image: Image;
  readonly exif: Uint8Array | undefined;
}

async function decodePng(bytes: Uint8Array, options: DecodeOptions): Promise<Decoded> {
  checkPixels("PNG", readPngHeader(bytes), options);
  const file = readPngFile(bytes);
  return { image: await decodePngFile(file, options.gray16 ?? "clip"), exif: file.exif };
}

async function decodeJpeg(bytes: Uint8Array, options: DecodeOptions): Promise<Decoded> {
  const header = readJpegHeader(bytes);
  checkPixels("JPEG", header, options);
  return { image: await decodeJpegFile(bytes, header), exif: header.exif };
}

function checkPixels(format: string, { width, height }: Size, { maxPixels = defaultMaxPixels }: DecodeOptions): void {
  if (width * height <= maxPixels) return;
  const got = `${width}x${height} = ${width * height} pixels`;
  throw new ImageFormatError(
    `${format}: the header says ${got}, but at most ${maxPixels} are allowed. Shrink the picture or raise maxPixels.`,
  );
}
