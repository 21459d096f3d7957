import type { BoxTable, LabelledBox } from "./box-file.ts";
import { isObject, type JsonObject, type JsonValue, readJson } from "./json.ts";
import { checkedBox, type Place, refuse, shortened } from "./refuse.ts";

/** The boxes of a COCO "instances" file: lists of images, annotations and categories. Its boxes are left, top, width and
 * height in fractions of pixels; here they become the whole pixels that they touch. Annotations of crowds, which are no
 * boxes of one object, are left out; pictures without annotations are not in the table.
 * @throws BoxFileError with the line
 * @see   Lin et al. 2014, and the format's description at cocodataset.org */
export function readCocoBoxes(text: string, name: string): BoxTable {
  const root = readJson(text, name);
  if (!isObject(root)) throw refuse({ name, line: 1 }, "a COCO file is an object of images, annotations, categories.");
  const file = { root, name };
  const images = named(file, "images", "file_name");
  const categories = root.entries.has("categories") ? named(file, "categories", "name") : undefined;
  const table = new Map<string, LabelledBox[]>();
  for (const { entries, place } of objectsOf(file, "annotations")) {
    if (entries.get("iscrowd") === 1) continue;
    const image = images.get(idOf(entries.get("image_id")));
    if (image === undefined) throw refuse(place, `there is no image ${shown(entries.get("image_id"))}.`);
    const category = categories?.get(idOf(entries.get("category_id")));
    if (categories && category === undefined)
      throw refuse(place, `there is no category ${shown(entries.get("category_id"))}.`);
    const box = { ...boxOf(entries.get("bbox"), place), ...(category === undefined ? {} : { class: category }) };
    const boxes = table.get(image);
    if (boxes) boxes.push(box);
    else table.set(image, [box]);
  }
  return table;
}

interface File {
  readonly root: JsonObject;
  readonly name: string;
}

function objectsOf(
  { root, name }: File,
  key: string,
): { readonly entries: JsonObject["entries"]; readonly place: Place }[] {
  const list = root.entries.get(key);
  if (!Array.isArray(list))
    throw refuse({ name, line: root.line }, `a COCO file has a list "${key}", this one has not.`);
  let { line } = root;
  return list.map((one: JsonValue, i) => {
    if (!isObject(one)) throw refuse({ name, line }, `${key}[${i}] is no object.`);
    line = one.line;
    return { entries: one.entries, place: { name, line } };
  });
}

/** The names of a list's objects by their ids. */
function named(file: File, key: string, field: string): Map<number | string, string> {
  return new Map(
    objectsOf(file, key).map(({ entries, place }) => {
      const [id, text] = [entries.get("id"), entries.get(field)];
      if (typeof id !== "number" && typeof id !== "string") throw refuse(place, `"id" is ${shown(id)}, not a number.`);
      if (typeof text !== "string" || text === "") throw refuse(place, `"${field}" is ${shown(text)}, not a name.`);
      return [id, text] as const;
    }),
  );
}

function idOf(value: JsonValue | undefined): number | string {
  return typeof value === "number" || typeof value === "string" ? value : Number.NaN;
}

function boxOf(value: JsonValue | undefined, place: Place) {
  if (!Array.isArray(value) || value.length !== 4 || !value.every((one) => typeof one === "number"))
    throw refuse(place, `"bbox" is ${shown(value)}, not four numbers: left, top, width, height.`);
  const [x, y, width, height] = value as unknown as readonly [number, number, number, number];
  if (!(width >= 0 && height >= 0))
    throw refuse(place, `"bbox" is ${width} wide and ${height} high, which no box can be.`);
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  return checkedBox(place, {
    x0,
    y0,
    x1: Math.max(x0, Math.ceil(x + width) - 1),
    y1: Math.max(y0, Math.ceil(y + height) - 1),
  });
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "missing";
  return isObject(value) ? "an object" : shortened(JSON.stringify(value));
}
