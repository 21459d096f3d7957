import { WeightsFormatError } from "../src/errors.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";
import { hostModule } from "./host-modules.ts";

/** A source over a file on disk, read range by range (Node and Deno).
 * @throws WeightsFormatError when the path cannot be opened, is not a plain file, or shrinks while it is read */
export function fileSource(path: string): ByteSource {
  const { closeSync, fstatSync, readSync } = hostModule("node:fs", path);
  let fd: number | undefined = openFile(path);
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw new WeightsFormatError(`${path} is ${stat.isDirectory() ? "a folder" : "not a plain file"}: give a file.`);
  }
  const size = stat.size;
  const readInto = (offset: number, target: Uint8Array): void => {
    if (fd === undefined) throw new WeightsFormatError(`${path}: read after close().`);
    checkRange(path, size, offset, target.length);
    for (let done = 0; done < target.length; ) {
      const got = readSync(fd, target, done, target.length - done, offset + done);
      if (got === 0) throw new WeightsFormatError(`${path} became shorter than ${size} bytes while it was being read.`);
      done += got;
    }
  };
  return {
    name: path,
    size,
    readInto,
    read(offset, length) {
      checkRange(path, size, offset, length);
      const bytes = new Uint8Array(length);
      readInto(offset, bytes);
      return bytes;
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

function openFile(path: string): number {
  const { openSync } = hostModule("node:fs", path);
  try {
    return openSync(path, "r");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") throw new WeightsFormatError(`there is no file ${path}.`, { cause });
    if (code === "EACCES") throw new WeightsFormatError(`${path} may not be read: permission denied.`, { cause });
    throw new WeightsFormatError(`Cannot open ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
