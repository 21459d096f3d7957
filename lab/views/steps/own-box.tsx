import { useId } from "preact/hooks";
import type { Box, Size } from "../../../src/index.ts";
import { param } from "../../store/link.ts";
import { stepsWords } from "../../strings/steps.ts";

/** A box as the address has it. */
export function boxText({ x0, y0, x1, y1 }: Box): string {
  return [x0, y0, x1, y1].join(",");
}

/** The reader's box, from the address; the middle of the picture where it has none. */
export function ownBox({ width, height }: Size): Box {
  const numbers = /^\d+,\d+,\d+,\d+$/.test(param("box") ?? "") ? (param("box") ?? "").split(",").map(Number) : [];
  const [x0 = width >> 2, y0 = height >> 2, x1 = width - 1 - (width >> 2), y1 = height - 1 - (height >> 2)] = numbers;
  return boxOfCorners([x0, y0], [x1, y1], { width, height });
}

/** The box between two corners, within the picture. */
export function boxOfCorners(
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  { width, height }: Size,
): Box {
  const within = (at: number, extent: number) => Math.min(Math.max(Math.floor(at), 0), extent - 1);
  return {
    x0: within(Math.min(ax, bx), width),
    y0: within(Math.min(ay, by), height),
    x1: within(Math.max(ax, bx), width),
    y1: within(Math.max(ay, by), height),
  };
}

interface CornersProps {
  readonly box: Box;
  readonly size: Size;
  readonly onBox: (box: Box) => void;
}

/** The reader's box by its numbers. */
export function Corners({ box, size, onBox }: CornersProps) {
  const words = stepsWords();
  const id = useId();
  return (
    <fieldset class="corners">
      <legend>{words.ownBox}</legend>
      {(["x0", "y0", "x1", "y1"] as const).map((corner) => (
        <span key={corner} class="field">
          <label for={`${id}-${corner}`}>{words.corners[corner]}</label>
          <input
            id={`${id}-${corner}`}
            type="number"
            min={0}
            max={(corner.startsWith("x") ? size.width : size.height) - 1}
            value={box[corner]}
            onChange={(event) => {
              const changed = { ...box, [corner]: event.currentTarget.valueAsNumber || 0 };
              onBox(boxOfCorners([changed.x0, changed.y0], [changed.x1, changed.y1], size));
            }}
          />
        </span>
      ))}
    </fieldset>
  );
}
