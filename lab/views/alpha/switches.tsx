import { useEffect, useState } from "preact/hooks";
import { Slider } from "../../parts/controls.tsx";
import { short } from "../../parts/numbers.ts";
import { alphaWords } from "../../strings/alpha.ts";
import type { LayerNumbers } from "./ask.ts";
import { type Selection, select } from "./selection.ts";

interface SwitchesProps {
  readonly numbers: LayerNumbers;
  readonly selection: Selection;
  /** Whether the map shows the selection; the next step waits for it. */
  readonly isSettled: boolean;
}

const none: ReadonlySet<number> = new Set();
/** Time between two channels, in milliseconds: less where there are many. */
const paceFor = (channels: number) => (channels > 200 ? 60 : 180);

/** All channels, none, or those of the largest |alpha|, one after another. */
export function Switches({ numbers, selection, isSettled }: SwitchesProps) {
  const words = alphaWords();
  const { channels, order, map } = numbers;
  const [playing, setPlaying] = useState(false);
  const { top } = selection;
  const show = (next: number) => select({ top: next, switched: none }, numbers);
  useEffect(() => {
    if (!playing || !isSettled) return;
    if (top >= channels) {
      setPlaying(false);
      return;
    }
    const later = setTimeout(() => show(top + 1), paceFor(channels));
    return () => clearTimeout(later);
  }, [playing, isSettled, top, channels]);
  const newest = order[top - 1];
  // a page that moves by itself is not for those who asked for less of it: they add channels one by one
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <div class="controls">
      <Slider
        label={words.top}
        value={top}
        min={0}
        max={channels}
        show={`${top} / ${channels}`}
        onInput={(next) => {
          setPlaying(false);
          show(next);
        }}
      />
      <button type="button" onClick={() => show(0)}>
        {words.none}
      </button>
      <button type="button" onClick={() => show(channels)}>
        {words.all}
      </button>
      <button type="button" disabled={top >= channels} onClick={() => show(top + 1)}>
        {words.addOne}
      </button>
      {moves && (
        <button
          type="button"
          onClick={() => {
            if (!playing && top >= channels) show(0);
            setPlaying(!playing);
          }}
        >
          {playing ? words.pause : words.play}
        </button>
      )}
      <span class="soft newest">
        {newest === undefined || top === channels
          ? ""
          : words.newest({ channel: newest, alpha: short(map.alpha[newest] ?? 0) })}
      </span>
    </div>
  );
}
