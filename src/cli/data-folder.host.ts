import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatasetError, type ImageFile } from "../index.ts";
import { isFolder, readWhole } from "./files.host.ts";

/** Endings of pictures; of those that cannot be read the decoder tells what to do. */
const pictures = /\.(png|jpe?g|jfif|webp|gif|bmp|tiff?|avif|heic)$/i;

/** The pictures of a folder with one folder per class, in an order that depends on their names only. Hidden files and
 * those of other kinds are no pictures; folders within a class's folder belong to the class.
 * @throws DatasetError if the folder has no folders, BacklightError if it cannot be listed */
export function listImageFolder(path: string): { readonly files: ImageFile[]; readonly classNames: string[] } {
  if (!isFolder(path))
    throw new DatasetError(`${path} is no folder. Give a folder with one folder of pictures for each class.`);
  const classNames = namesIn(path).filter((name) => isFolder(join(path, name)));
  if (classNames.length === 0)
    throw new DatasetError(`${path} has no folders. It must have one for each class, such as ${join(path, "cat")}.`);
  const files = classNames.flatMap((name, classIndex) =>
    picturesIn(join(path, name)).map((file) => ({
      path: file,
      classIndex,
      read: async () => readWhole(file, "the picture"),
    })),
  );
  return { files, classNames };
}

function picturesIn(path: string): string[] {
  return namesIn(path).flatMap((name) => {
    const inner = join(path, name);
    if (isFolder(inner)) return picturesIn(inner);
    return pictures.test(name) && statSync(inner, { throwIfNoEntry: false })?.isFile() !== false ? [inner] : [];
  });
}

/** Not hidden, sorted by the letters' numbers, which are the same everywhere. */
function namesIn(path: string): string[] {
  return readdirSync(path)
    .filter((name) => !name.startsWith("."))
    .sort();
}
