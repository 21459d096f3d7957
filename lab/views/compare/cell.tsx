import { useMemo } from "preact/hooks";
import type { Image } from "../../../src/index.ts";
import { short } from "../../parts/numbers.ts";
import { Picture } from "../../parts/picture.tsx";
import { colormap } from "../../store/settings.ts";
import { resultWords } from "../../strings/parts.ts";
import { cursor, goByKey, keep, point } from "./cursor.ts";
import { type AnyMap, valueAt } from "./methods.ts";

interface CellProps {
  readonly map: AnyMap;
  /** The picture, as large as maps are shown. */
  readonly backdrop: Image;
  readonly title: string;
  readonly open: boolean;
  readonly onOpen: () => void;
}

/** One map with the cursor that all share, and its value there; a click makes it large. */
export function Cell({ map, backdrop, title, open, onOpen }: CellProps) {
  const at = cursor.value;
  return (
    <figure class="cell">
      <button
        type="button"
        aria-label={title}
        aria-expanded={open}
        onClick={onOpen}
        onKeyDown={(event) => {
          if (goByKey(event.key)) event.preventDefault();
        }}
      >
        <Shown map={map} backdrop={backdrop} title={title} />
        <span class="cross" style={{ left: `${100 * at.x}%`, top: `${100 * at.y}%` }} />
      </button>
      <figcaption>
        <span class="number" data-value>
          {short(valueAt(map, at))}
        </span>
        <span class="soft">{map.empty ? resultWords().empty : `${short(map.min)} … ${short(map.max)}`}</span>
      </figcaption>
    </figure>
  );
}

/** A map, which the pointer's place on it is told of. */
export function Shown({ map, backdrop, title }: Pick<CellProps, "map" | "backdrop" | "title">) {
  const name = colormap.value;
  const image = useMemo(
    () => ("raw" in map ? map.overlay(backdrop, { colormap: name }) : map.render()),
    [map, backdrop, name],
  );
  const { width, height } = image;
  return (
    <Picture
      image={image}
      alt={title}
      pixelated={width < backdrop.width}
      onPoint={(pixel) => {
        if (pixel) point({ x: (pixel.x + 0.5) / width, y: (pixel.y + 0.5) / height });
        else keep();
      }}
    />
  );
}
