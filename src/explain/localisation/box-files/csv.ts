import { nearest } from "../../../errors.ts";
import type { BoxTable, LabelledBox } from "./box-file.ts";
import { checkedBox, numberOf, type Place, refuse, shortened } from "./refuse.ts";

const wanted = ["image", "x0", "y0", "x1", "y1"] as const;

/** Boxes in a table with the header `image,class,x0,y0,x1,y1` in any order; `class` may be left out, other columns are not
 * looked at. Corners are pixels from 0, and both belong to the box; fractions widen it to whole pixels. Fields may be
 * quoted as in RFC 4180.
 * @throws BoxFileError with the line */
export function readCsvBoxes(text: string, name: string): BoxTable {
  const [header, ...rows] = rowsOf(text, name);
  if (!header) throw refuse({ name, line: 1 }, `the file is empty. Its first line must be image,class,x0,y0,x1,y1.`);
  const columns = columnsOf(header, name);
  const table = new Map<string, LabelledBox[]>();
  for (const { fields, line } of rows) {
    const place = { name, line };
    if (fields.length !== header.fields.length)
      throw refuse(place, `there are ${fields.length} fields, but the header names ${header.fields.length}.`);
    const field = (column: string) => fields[columns.get(column) ?? -1] ?? "";
    const image = field("image").trim();
    if (image === "") throw refuse(place, "the picture's name is missing.");
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = wanted.slice(1).map((column) => numberOf(place, field(column), column));
    const corners = { x0: Math.floor(x0), y0: Math.floor(y0), x1: Math.ceil(x1), y1: Math.ceil(y1) };
    const label = field("class").trim();
    const box = { ...checkedBox(place, corners), ...(label === "" ? {} : { class: label }) };
    const boxes = table.get(image);
    if (boxes) boxes.push(box);
    else table.set(image, [box]);
  }
  return table;
}

interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

function columnsOf({ fields, line }: Row, name: string): Map<string, number> {
  const names = fields.map((field) => field.trim().toLowerCase());
  for (const column of wanted) {
    if (names.includes(column)) continue;
    const guess = nearest(column, names);
    const hint = guess ? `; "${shortened(guess)}" is there` : "";
    throw refuse({ name, line }, `the header has no column "${column}"${hint}. It must be image,class,x0,y0,x1,y1.`);
  }
  return new Map(names.map((column, i) => [column, i]));
}

/** Rows that are not blank. */
function* rowsOf(text: string, name: string): Generator<Row> {
  const reader = { text, at: 0, line: 1 };
  while (reader.at < text.length) {
    const { line } = reader;
    const fields = [fieldOf(reader, name)];
    while (reader.text[reader.at] === ",") {
      reader.at++;
      fields.push(fieldOf(reader, name));
    }
    if (text.startsWith("\r\n", reader.at)) reader.at++;
    reader.at++;
    reader.line++;
    if (fields.length > 1 || fields[0]?.trim() !== "") yield { fields, line };
  }
}

function fieldOf(reader: { readonly text: string; at: number; line: number }, name: string): string {
  const { text } = reader;
  if (text[reader.at] !== '"') {
    const start = reader.at;
    while (reader.at < text.length && !",\r\n".includes(text[reader.at] ?? "")) reader.at++;
    return text.slice(start, reader.at);
  }
  const place: Place = { name, line: reader.line };
  let value = "";
  for (;;) {
    const end = text.indexOf('"', reader.at + 1);
    if (end < 0) throw refuse(place, "a quoted field does not end.");
    const part = text.slice(reader.at + 1, end);
    value += part;
    reader.line += part.split("\n").length - 1;
    reader.at = end + 1;
    if (text[reader.at] !== '"') break;
    value += '"';
  }
  if (reader.at < text.length && !",\r\n".includes(text[reader.at] ?? ""))
    throw refuse({ name, line: reader.line }, "there is text between a quoted field's end and the comma.");
  return value;
}
