import { type CsvRow, csvRows } from "../../../csv.ts";
import { nearest } from "../../../errors.ts";
import type { BoxTable, LabelledBox } from "./box-file.ts";
import { checkedBox, numberOf, type Place, refuse, shortened } from "./refuse.ts";

const wanted = ["image", "x0", "y0", "x1", "y1"] as const;

/** Boxes in a table with the header `image,class,x0,y0,x1,y1` in any order; `class` may be left out, other columns are not
 * looked at. Corners are pixels from 0, and both belong to the box; fractions widen it to whole pixels. Fields may be
 * quoted as in RFC 4180.
 * @throws BoxFileError with the line */
export function readCsvBoxes(text: string, name: string): BoxTable {
  const table = new Map<string, LabelledBox[]>();
  for (const { field, place } of readTable(text, { name, wanted, header: "image,class,x0,y0,x1,y1" })) {
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

/** A row of a table: its fields by the names of their columns, "" for a column that is not there. */
interface TableRow {
  readonly field: (column: string) => string;
  readonly place: Place;
}

interface TableOptions {
  /** What messages call the file. */
  readonly name: string;
  /** Columns that must be there. */
  readonly wanted: readonly string[];
  /** How the first line should look. */
  readonly header: string;
}

/** The rows of a CSV file below its header; blank ones are left out.
 * @throws BoxFileError with the line */
export function* readTable(text: string, options: TableOptions): Generator<TableRow> {
  const { name } = options;
  const [header, ...rows] = csvRows(text, (line, why) => refuse({ name, line }, why));
  if (!header) throw refuse({ name, line: 1 }, `the file is empty. Its first line must be ${options.header}.`);
  const columns = columnsOf(header, options);
  for (const { fields, line } of rows) {
    const place = { name, line };
    if (fields.length !== header.fields.length)
      throw refuse(place, `there are ${fields.length} fields, but the header names ${header.fields.length}.`);
    yield { place, field: (column) => fields[columns.get(column) ?? -1] ?? "" };
  }
}

function columnsOf({ fields, line }: CsvRow, { name, wanted, header }: TableOptions): Map<string, number> {
  const names = fields.map((field) => field.trim().toLowerCase());
  for (const column of wanted) {
    if (names.includes(column)) continue;
    const guess = nearest(column, names);
    const hint = guess ? `; "${shortened(guess)}" is there` : "";
    throw refuse({ name, line }, `the header has no column "${column}"${hint}. It must be ${header}.`);
  }
  return new Map(names.map((column, i) => [column, i]));
}
