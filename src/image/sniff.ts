/** What the first bytes of a file say it is. A file's name is never looked at. */
export type SniffedFormat = "png" | "jpeg" | { readonly other: string };

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Leading text of formats that people try, with the words the error message uses. */
const knownStarts: readonly (readonly [start: string, name: string])[] = [
  ["GIF87a", "a GIF image"],
  ["GIF89a", "a GIF image"],
  ["BM", "a BMP image"],
  ["II*\0", "a TIFF image"],
  ["MM\0*", "a TIFF image"],
  ["%PDF", "a PDF document"],
  ["PK\x03\x04", "a zip archive"],
  ["\x1f\x8b", "a gzip archive"],
  ["\x89HDF\r\n\x1a\n", "an HDF5 file"],
  ["8BPS", "a Photoshop document"],
  ["\0\0\x01\0", "an ICO image"],
  ["\0\0\0\x0cjP  ", "a JPEG 2000 image"],
  ["\xff\x0a", "a JPEG XL image"],
];

export function sniffFormat(bytes: Uint8Array): SniffedFormat {
  if (bytes.length === 0) return { other: "an empty file (0 bytes)" };
  if (pngSignature.every((byte, i) => bytes[i] === byte)) return "png";
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return "jpeg";
  const head = latin1(bytes.subarray(0, 16));
  if (head.startsWith("\x89PNG")) {
    return { other: "a PNG whose signature is damaged (line ends changed by a text-mode transfer?)" };
  }
  if (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP") return { other: "a WebP image" };
  if (head.slice(4, 8) === "ftyp") return { other: isoMediaName(head.slice(8, 12)) };
  const known = knownStarts.find(([start]) => head.startsWith(start));
  if (known) return { other: known[1] };
  return { other: looksLikeText(bytes) ? textName(bytes) : "data of an unknown format" };
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function isoMediaName(brand: string): string {
  if (brand === "avif" || brand === "avis") return "an AVIF image";
  return brand.startsWith("hei") || brand === "mif1" ? "a HEIC image" : "a video or audio file";
}

function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 512).every((b) => b >= 0x20 || b === 0x09 || b === 0x0a || b === 0x0d);
}

function textName(bytes: Uint8Array): string {
  const start = latin1(bytes.subarray(0, 512)).trimStart().toLowerCase();
  if (/^(<\?xml[^>]*>\s*)?<svg/.test(start)) return "an SVG drawing";
  if (start.startsWith("<!doctype html") || start.startsWith("<html")) return "an HTML page";
  return start.startsWith("version https://git-lfs") ? "a Git LFS pointer, not the file itself" : "a text file";
}
