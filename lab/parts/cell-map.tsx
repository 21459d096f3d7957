import { useMemo } from "preact/hooks";
import { Picture } from "./picture.tsx";
import { signedImage } from "./signed.ts";

/** One place of a map, from 0. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

interface CellMapProps {
  /** Rows from the top. */
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  /** The magnitude of the full colour; the largest unless given. */
  readonly most?: number;
  /** What is shown, with the chosen cell's number, for those who do not see it. */
  readonly label: string;
  readonly chosen: Cell;
  readonly onChoose: (cell: Cell) => void;
}

const steps: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Arrow keys that choose the next cell. */
export function cellByArrows({
  width,
  height,
  chosen,
  onChoose,
}: Pick<CellMapProps, "width" | "height" | "chosen" | "onChoose">) {
  return (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    onChoose({ row: within(chosen.row + step[0], height), column: within(chosen.column + step[1], width) });
  };
}

/** A map of signed values, one of whose cells is chosen: by a click, or by the arrow keys. */
export function CellMap({ values, width, height, most, label, chosen, onChoose }: CellMapProps) {
  const image = useMemo(
    () => signedImage(values, { width, height, ...(most === undefined ? {} : { most }) }),
    [values, width, height, most],
  );
  const byPointer = (event: MouseEvent) => {
    if (event.detail === 0 || !(event.currentTarget instanceof HTMLElement)) return; // Enter has no place
    const box = event.currentTarget.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * width);
    onChoose({ row: within(row, height), column: within(column, width) });
  };
  const place = {
    left: `${(100 * chosen.column) / width}%`,
    top: `${(100 * chosen.row) / height}%`,
    width: `${100 / width}%`,
    height: `${100 / height}%`,
  };
  return (
    <button
      type="button"
      class="cell-map"
      aria-label={label}
      onClick={byPointer}
      onKeyDown={cellByArrows({ width, height, chosen, onChoose })}
    >
      <Picture image={image} alt={label} pixelated />
      <span class="mark" style={place} />
    </button>
  );
}

const within = (at: number, extent: number) => Math.min(Math.max(at, 0), extent - 1);
