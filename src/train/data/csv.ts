import { csvRows } from "../../csv.ts";
import { DatasetError, nearest } from "../../errors.ts";
import { arrayDataset } from "./arrays.ts";
import { checkLabel, type Dataset, elementsOf, namesOf } from "./dataset.ts";

/** How a table is read. */
export interface CsvOptions {
  /** The column of the labels, by its name in the header; every other column is a number of the example. */
  readonly label: string;
  /** Of one example, such as [28, 28, 1], in the order of the columns; one axis unless given. */
  readonly inputShape?: readonly number[];
  /** By which the numbers are divided: 255 for bytes of pictures; 1 unless given. */
  readonly divisor?: number;
  /** Labels are then these names, or their indices. Without them labels are whole numbers, or any names, which make the
   * classes in the order of the alphabet. */
  readonly classNames?: readonly string[];
  /** What messages call the table; "the CSV" unless given. */
  readonly name?: string;
}

/** A data set of a table with a header, one example in each row.
 * @param text the whole file; fields may be quoted as in RFC 4180
 * @throws     DatasetError with the line */
export function csvDataset(text: string, options: CsvOptions): Dataset {
  const { name = "the CSV" } = options;
  const refuse = (line: number, why: string) => new DatasetError(`${name}, line ${line}: ${why}`);
  const [header, ...rows] = csvRows(text, refuse);
  if (!header || rows.length === 0) throw new DatasetError(`${name} has no rows beneath its header.`);
  const at = labelColumn(header.fields, options.label, refuse);
  const inputShape = options.inputShape ?? [header.fields.length - 1];
  const size = elementsOf(inputShape);
  if (size !== header.fields.length - 1)
    throw refuse(header.line, `there are ${header.fields.length - 1} columns of numbers, but inputShape has ${size}.`);
  const x = new Float32Array(rows.length * size);
  const names: string[] = [];
  for (const [i, { fields, line }] of rows.entries()) {
    if (fields.length !== header.fields.length)
      throw refuse(line, `there are ${fields.length} fields, but the header names ${header.fields.length}.`);
    const numbers = fields.filter((_, column) => column !== at).map((field) => numberOf(field, line, refuse));
    x.set(
      numbers.map((value) => value / (options.divisor ?? 1)),
      i * size,
    );
    names.push((fields[at] ?? "").trim());
  }
  const { labels, classNames } = labelsOf(names, options.classNames, (i, why) => refuse(rows[i]?.line ?? 0, why));
  for (const [i, label] of labels.entries()) checkLabel(`${name}, line ${rows[i]?.line}`, label, classNames);
  return arrayDataset(x, labels, { inputShape, ...namesOf(classNames) });
}

type Refuse = (line: number, why: string) => DatasetError;

function labelColumn(fields: readonly string[], label: string, refuse: Refuse): number {
  const names = fields.map((field) => field.trim());
  const at = names.indexOf(label);
  if (at >= 0) return at;
  const guess = nearest(label, names);
  throw refuse(1, `the header has no column "${label}".${guess === undefined ? "" : ` Did you mean "${guess}"?`}`);
}

function numberOf(field: string, line: number, refuse: Refuse): number {
  const value = field.trim() === "" ? Number.NaN : Number(field);
  if (Number.isFinite(value)) return value;
  throw refuse(line, `"${field.slice(0, 40)}" is no number.`);
}

function labelsOf(names: readonly string[], classNames: readonly string[] | undefined, refuse: Refuse) {
  const isIndex = (name: string) => /^\d+$/.test(name);
  if (!classNames && names.every(isIndex)) return { labels: names.map(Number), classNames };
  const known = classNames ?? [...new Set(names)].sort();
  const labels = names.map((name, i) => {
    const at = known.indexOf(name);
    if (at >= 0) return at;
    if (isIndex(name)) return Number(name);
    const guess = nearest(name, known);
    throw refuse(i, `there is no class "${name}".${guess === undefined ? "" : ` Did you mean "${guess}"?`}`);
  });
  return { labels, classNames: known };
}
