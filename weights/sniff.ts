/** What the first bytes of a file look like, in words for an error message ("a zip archive (...)"). */
export function looksLike(head: Uint8Array): string {
  if (head.length === 0) return "an empty file";
  const known = signatures.find(([bytes]) => bytes.every((b, i) => head[i] === b));
  if (known) return known[1];
  const text = printable(head);
  if (text === undefined) return "a binary file of an unknown kind";
  const start = text.trimStart().slice(0, 200).toLowerCase();
  if (start.startsWith("version https://git-lfs")) {
    return "a git-lfs pointer, not the file itself (run `git lfs pull`, or download the real file)";
  }
  if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
    return "an HTML page (the download gave a web page instead of the file: open the link in a browser and look)";
  }
  if (start.startsWith("<?xml") || start.startsWith("<error"))
    return "an XML document (often a server's error message)";
  if (start.startsWith("{") || start.startsWith("[")) return "a JSON text";
  return `a text file that begins "${text.trim().slice(0, 40).replace(/\s+/g, " ")}"`;
}

const signatures: readonly (readonly [readonly number[], string])[] = [
  [[0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], "an HDF5 file"],
  [[0x50, 0x4b, 3, 4], "a zip archive (Keras 3 .keras files and .npz files are zips)"],
  [[0x50, 0x4b, 5, 6], "an empty zip archive"],
  [[0x89, 0x50, 0x4e, 0x47], "a PNG picture"],
  [[0xff, 0xd8, 0xff], "a JPEG picture"],
  [[0x47, 0x49, 0x46, 0x38], "a GIF picture"],
  [[0x1f, 0x8b], "a gzip archive (unpack it first)"],
  [[0x42, 0x5a, 0x68], "a bzip2 archive (unpack it first)"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "an xz archive (unpack it first)"],
  [[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "a NumPy .npy array"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF document"],
  [[0x0e, 3, 0x13, 1], "an old HDF4 file"],
  [[0x43, 0x44, 0x46], "a classic NetCDF file"],
  [[0x80, 2], "a Python pickle (pickles run code and are never read here)"],
  [[0x80, 4], "a Python pickle (pickles run code and are never read here)"],
];

function printable(head: Uint8Array): string | undefined {
  if (head.some((b) => b === 0 || (b < 32 && b !== 9 && b !== 10 && b !== 13 && b !== 12))) return undefined;
  try {
    // A multi-byte character may be cut at the end of the sample; only the text before it is judged.
    return new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
}
