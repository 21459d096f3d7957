import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { BacklightError } from "../../errors.ts";
import { type LabelledBox, readBoxes } from "../../explain/localisation/box-files/box-file.ts";
import { isFolder, readText } from "../files.host.ts";

/** A picture of the data set and its true boxes. */
export interface Annotated {
  /** Path inside the data set's folder, with forward slashes. */
  readonly image: string;
  readonly boxes: readonly LabelledBox[];
}

/** The pictures that can be evaluated. */
export interface DataSet {
  /** Sorted by path, the same on every machine. */
  readonly annotated: readonly Annotated[];
  /** Pictures of the folder that have no box. */
  readonly withoutBoxes: number;
  /** Pictures of the box file that are not in the folder. */
  readonly missing: number;
}

const pictureEnding = /\.(jpe?g|png|gif|webp|bmp|tiff?)$/i;

/** Pairs the pictures in a folder, and in the folders inside it, with the boxes of a file, or of a folder of Pascal VOC
 * files. Names are compared as paths, then without folders, then without endings.
 * @throws BacklightError if nothing fits, or a name fits several pictures; BoxFileError with file and line */
export function readDataSet(dir: string, boxes: string): DataSet {
  if (!isFolder(dir)) throw new BacklightError(`${dir} is no folder: give the folder of the pictures.`);
  const pictures = filesIn(dir, pictureEnding);
  const find = pictureFinder(pictures, boxes);
  const found = new Map<string, LabelledBox[]>();
  let missing = 0;
  for (const [name, list] of tablesOf(boxes)) {
    if (list.length === 0) continue;
    const image = find(name);
    if (image === undefined) missing++;
    else found.set(image, [...(found.get(image) ?? []), ...list]);
  }
  if (found.size === 0)
    throw new BacklightError(
      `none of the ${missing} pictures that ${boxes} has boxes of is among the ${pictures.length} pictures in ${dir}.`,
    );
  const annotated = pictures.flatMap((image) => {
    const list = found.get(image);
    return list ? [{ image, boxes: list }] : [];
  });
  return { annotated, withoutBoxes: pictures.length - annotated.length, missing };
}

function tablesOf(boxes: string): [name: string, list: readonly LabelledBox[]][] {
  if (!isFolder(boxes)) return [...boxesOfFile(boxes)];
  const files = filesIn(boxes, /\.xml$/i);
  if (files.length === 0)
    throw new BacklightError(`${boxes} is a folder without .xml files. Give a .json or .csv file, or VOC annotations.`);
  return files.flatMap((file) => [...boxesOfFile(join(boxes, file))]);
}

function boxesOfFile(path: string): ReturnType<typeof readBoxes> {
  return readBoxes(readText(path, "the box file"), path);
}

/** Finds the picture that a box file means. */
function pictureFinder(pictures: readonly string[], boxes: string): (name: string) => string | undefined {
  const stem = (path: string) => basename(path).replace(pictureEnding, "");
  const [paths, names, stems] = [(path: string) => path, basename, stem].map((key) => grouped(pictures, key));
  return (name) => {
    const plain = name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
    const fits = paths?.get(plain) ?? names?.get(basename(plain)) ?? stems?.get(stem(plain)) ?? [];
    if (fits.length > 1)
      throw new BacklightError(
        `${boxes}: "${name}" fits ${fits.length} pictures (${fits.slice(0, 3).join(", ")}${fits.length > 3 ? " ..." : ""}). ` +
          "Name pictures by their path inside the folder.",
      );
    return fits[0];
  };
}

/** In their order, by a key. */
export function grouped<T>(list: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}

/** Paths of the files below a folder, sorted by their characters; hidden ones are left out. */
function filesIn(root: string, ending: RegExp): string[] {
  const found: string[] = [];
  const seen = new Set<string>(); // links may lead in circles
  const walk = (inner: string) => {
    const folder = join(root, inner);
    const real = realpathSync(folder);
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const path = inner === "" ? entry.name : `${inner}/${entry.name}`;
      const kind = entry.isSymbolicLink() ? statSync(join(root, path), { throwIfNoEntry: false }) : entry;
      if (kind?.isDirectory()) walk(path);
      else if (ending.test(entry.name)) found.push(path);
    }
  };
  try {
    walk("");
  } catch (cause) {
    throw new BacklightError(`cannot list ${root}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}
