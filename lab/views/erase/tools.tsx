import { Choice, Slider } from "../../parts/controls.tsx";
import { setParams } from "../../store/link.ts";
import { eraseWords } from "../../strings/erase.ts";
import { BoxForm } from "./box-form.tsx";
import { type Fill, fills } from "./mask.ts";
import { brushSize, usualBrush } from "./use-mask.ts";

/** Share of the picture that the buttons erase. */
export const share = 0.2;

interface ToolsProps {
  readonly fill: Fill;
  readonly onExtreme: (end: "hottest" | "coldest") => void;
  /** Left out where there is nothing to undo. */
  readonly onUndo: (() => void) | undefined;
  readonly onClear: () => void;
  readonly onBox: (box: { left: number; top: number; width: number; height: number }) => void;
}

export function Tools({ fill, onExtreme, onUndo, onClear, onBox }: ToolsProps) {
  const words = eraseWords();
  return (
    <>
      <div class="controls">
        <Slider
          label={words.brush}
          min={1}
          max={8}
          value={brushSize()}
          onInput={(size) => setParams({ brush: size === usualBrush ? undefined : size })}
        />
        <Choice
          label={words.fill}
          options={fills.map((name) => [name, words.fills[name]] as const)}
          value={fill}
          onChange={(name) => setParams({ fill: name === "mean" ? undefined : name })}
        />
      </div>
      <div class="controls">
        {(["hottest", "coldest"] as const).map((end) => (
          <button key={end} type="button" onClick={() => onExtreme(end)}>
            {words.extremes[end](`${100 * share} %`)}
          </button>
        ))}
        <button type="button" disabled={!onUndo} onClick={onUndo}>
          {words.undo}
        </button>
        <button type="button" onClick={onClear}>
          {words.clear}
        </button>
      </div>
      <BoxForm onBox={onBox} />
    </>
  );
}
