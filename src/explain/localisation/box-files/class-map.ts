import { BoxFileError } from "../../../errors.ts";
import { readTable } from "./csv.ts";
import { isObject, readJson } from "./json.ts";
import { type Place, refuse, shortened } from "./refuse.ts";

/** What a label of a data set is to the model. */
export interface MappedClass {
  /** A name of the model's, or an index in digits. */
  readonly class: string;
  /** Where the file says so. */
  readonly place: Place;
}

/** The model's class for each label of a data set. */
export type ClassMap = ReadonlyMap<string, MappedClass>;

/** Reads what a data set's labels are called by the model: CSV with the header `label,class`, or a JSON object such as
 * `{"tabby": 281, "espresso cup": "espresso"}`, by the name's ending.
 * @param text the whole file
 * @param name what messages call the file
 * @throws BoxFileError with the file's name and the line */
export function readClassMap(text: string, name: string): ClassMap {
  const ending = /\.(json|csv)$/i.exec(name)?.[1]?.toLowerCase();
  const content = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (ending === "json") return fromJson(content, name);
  if (ending === "csv") return fromCsv(content, name);
  throw new BoxFileError(`${name}: classes are read from .json or .csv, and the name ends in neither.`);
}

function fromCsv(text: string, name: string): ClassMap {
  const map = new Map<string, MappedClass>();
  for (const { field, place } of readTable(text, { name, wanted: ["label", "class"], header: "label,class" })) {
    const [label, wanted] = [field("label").trim(), field("class").trim()];
    if (label === "" || wanted === "") throw refuse(place, `the ${label === "" ? "label" : "class"} is missing.`);
    const known = map.get(label);
    if (known) throw refuse(place, `the label "${shortened(label)}" is on line ${known.place.line} already.`);
    map.set(label, { class: wanted, place });
  }
  return map;
}

function fromJson(text: string, name: string): ClassMap {
  const root = readJson(text, name);
  if (!isObject(root)) throw refuse({ name, line: 1 }, 'the classes are an object, such as {"tabby": 281}.');
  const map = new Map<string, MappedClass>();
  for (const [label, value] of root.entries) {
    const place = { name, line: root.lines.get(label) ?? root.line };
    const isClass = typeof value === "string" ? value.trim() !== "" : Number.isInteger(value);
    if (!isClass) throw refuse(place, `the class of "${shortened(label)}" is neither a name nor an index.`);
    map.set(label, { class: String(value).trim(), place });
  }
  return map;
}
