/** A line of a table; one with quoted line breaks is several lines of the file. */
export interface CsvRow {
  readonly fields: readonly string[];
  /** On which it begins, from 1. */
  readonly line: number;
}

interface Reader {
  readonly text: string;
  at: number;
  line: number;
}

/** The error for a text that is no table. */
export type CsvRefusal = (line: number, why: string) => Error;

/** Rows of comma-separated fields that are not blank; fields may be quoted as in RFC 4180.
 * @throws what `refuse` makes, for a quoted field that does not end or goes on after its end */
export function* csvRows(text: string, refuse: CsvRefusal): Generator<CsvRow> {
  const reader: Reader = { text, at: text.startsWith("\uFEFF") ? 1 : 0, line: 1 };
  while (reader.at < text.length) {
    const { line } = reader;
    const fields = [fieldOf(reader, refuse)];
    while (text[reader.at] === ",") {
      reader.at++;
      fields.push(fieldOf(reader, refuse));
    }
    if (text.startsWith("\r\n", reader.at)) reader.at++;
    reader.at++;
    reader.line++;
    if (fields.length > 1 || fields[0]?.trim() !== "") yield { fields, line };
  }
}

const plainField = /[^,\r\n]*/y;

function fieldOf(reader: Reader, refuse: CsvRefusal): string {
  const { text } = reader;
  if (text[reader.at] !== '"') {
    plainField.lastIndex = reader.at;
    const [value = ""] = plainField.exec(text) ?? [];
    reader.at += value.length;
    return value;
  }
  const firstLine = reader.line;
  let value = "";
  for (;;) {
    const end = text.indexOf('"', reader.at + 1);
    if (end < 0) throw refuse(firstLine, "a quoted field does not end.");
    const part = text.slice(reader.at + 1, end);
    value += part;
    reader.line += part.split("\n").length - 1;
    reader.at = end + 1;
    if (text[reader.at] !== '"') break;
    value += '"';
  }
  if (reader.at < text.length && !",\r\n".includes(text[reader.at] ?? ""))
    throw refuse(reader.line, "there is text between a quoted field's end and the comma.");
  return value;
}
