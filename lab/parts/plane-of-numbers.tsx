import { useRef } from "preact/hooks";
import { type Cell, cellByArrows } from "./cell-map.tsx";
import { short } from "./numbers.ts";

interface PlaneOfNumbersProps {
  /** Rows from the top. */
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly caption: string;
  /** Marked, and in sight where not all cells are. */
  readonly chosen: Cell;
  readonly onChoose: (cell: Cell) => void;
}

/** Rows and columns that are written out at once. */
const MOST = 14;

/** The numbers of a map, as a table; of a large map those around the chosen cell. A click chooses another, or an arrow key. */
export function PlaneOfNumbers({ values, width, height, caption, chosen, onChoose }: PlaneOfNumbersProps) {
  const columns = around(chosen.column, width);
  const cells = useRef(new Map<string, HTMLButtonElement>());
  const move = (cell: Cell) => {
    onChoose(cell);
    cells.current.get(nameOf(cell))?.focus();
  };
  const byKey = cellByArrows({ width, height, chosen, onChoose: move });
  const cellAt = (row: number, column: number) => (
    <button
      type="button"
      ref={(button) => {
        if (button) cells.current.set(nameOf({ row, column }), button);
      }}
      tabIndex={row === chosen.row && column === chosen.column ? 0 : -1}
      aria-pressed={row === chosen.row && column === chosen.column}
      onClick={() => onChoose({ row, column })}
      onKeyDown={byKey}
    >
      {short(values[row * width + column] ?? 0)}
    </button>
  );
  return (
    <div class="scroll">
      <table class="plane-of-numbers">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {around(chosen.row, height).map((row) => (
            <tr key={row}>
              <th scope="row">{row}</th>
              {columns.map((column) => (
                <td key={column}>{cellAt(row, column)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const nameOf = ({ row, column }: Cell) => `${row}.${column}`;

/** Whether `PlaneOfNumbers` writes out all numbers of a map. */
export function fitsPlane(width: number, height: number): boolean {
  return width <= MOST && height <= MOST;
}

function around(at: number, extent: number): number[] {
  const count = Math.min(extent, MOST);
  const first = Math.min(Math.max(at - Math.floor(MOST / 2), 0), extent - count);
  return Array.from({ length: count }, (_, i) => first + i);
}
