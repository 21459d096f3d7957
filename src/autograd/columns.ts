/** Lines of a table whose columns stand under each other.
 * @param rows  the first is the header
 * @param right headers of the columns that end flush: numbers */
export function columns(rows: readonly (readonly string[])[], right: ReadonlySet<string>): string {
  const [header = []] = rows;
  const widths = header.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (right.has(header[i] ?? "") ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}
