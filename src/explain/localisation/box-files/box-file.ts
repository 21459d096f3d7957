import { BoxFileError } from "../../../errors.ts";
import type { Box } from "../../../image/types.ts";
import { readCocoBoxes } from "./coco.ts";
import { readCsvBoxes } from "./csv.ts";
import { readVocBoxes } from "./voc.ts";

/** A true box and the class of what is in it. */
export interface LabelledBox extends Box {
  /** As the file says it: a name, an index, or a WordNet number; left out where it says none. */
  readonly class?: string;
}

/** The boxes of each picture, by the picture's name as the file has it. */
export type BoxTable = ReadonlyMap<string, readonly LabelledBox[]>;

/** Reads a file of true boxes: COCO JSON, Pascal VOC XML or CSV, by its name's ending.
 * @param text the whole file
 * @param name what messages call the file
 * @throws BoxFileError with the file's name and the line */
export function readBoxes(text: string, name: string): BoxTable {
  const ending = /\.(json|xml|csv)$/i.exec(name)?.[1]?.toLowerCase();
  const content = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (ending === "json") return readCocoBoxes(content, name);
  if (ending === "xml") return readVocBoxes(content, name);
  if (ending === "csv") return readCsvBoxes(content, name);
  throw new BoxFileError(
    `${name}: boxes are read from COCO (.json), Pascal VOC (.xml) or .csv, and the name ends in none of these.`,
  );
}
