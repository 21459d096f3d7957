import { useEffect, useMemo, useRef } from "preact/hooks";
import type { HeatMap } from "../../../src/index.ts";
import { Picture } from "../../parts/picture.tsx";
import { colormap } from "../../store/settings.ts";
import { sweepWords } from "../../strings/sweep.ts";

interface FilmStripProps {
  readonly maps: readonly HeatMap[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** Every map at its own size, side by side; Tab reaches the chosen one, and the arrow keys go along. */
export function FilmStrip({ maps, chosen, onChoose }: FilmStripProps) {
  const strip = useRef<HTMLUListElement>(null);
  const name = colormap.value;
  const images = useMemo(
    () => maps.map((map) => map.render({ width: map.raw.width, height: map.raw.height, colormap: name })),
    [maps, name],
  );
  useEffect(() => keepInSight(strip.current, chosen), [chosen]);
  const byKey = (event: KeyboardEvent) => {
    const next = chosen + (steps[event.key] ?? 0);
    if (next === chosen || !maps[next]) return;
    event.preventDefault();
    onChoose(next);
    strip.current?.querySelectorAll("button")[next]?.focus({ preventScroll: true });
  };
  return (
    <ul ref={strip} class="film-strip scroll" aria-label={sweepWords().strip}>
      {images.map((image, i) => {
        const label = sweepWords().frame(i + 1, maps[i]?.provenance.layer ?? "");
        return (
          <li key={label}>
            <button
              type="button"
              title={label}
              aria-label={label}
              aria-pressed={i === chosen}
              tabIndex={i === chosen ? 0 : -1}
              onClick={() => onChoose(i)}
              onKeyDown={byKey}
            >
              <Picture image={image} alt={label} pixelated />
              <span>{i + 1}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The strip is scrolled, and nothing around it. */
function keepInSight(strip: HTMLElement | null, chosen: number): void {
  const item = strip?.children[chosen];
  if (!strip || !(item instanceof HTMLElement)) return;
  strip.scrollTo({ left: item.offsetLeft - (strip.clientWidth - item.offsetWidth) / 2 });
}
