import { useMemo } from "preact/hooks";
import type { HeatMap, Image, PixelMap } from "../../src/index.ts";
import { colormap } from "../store/settings.ts";
import { resultWords } from "../strings/parts.ts";
import { short } from "./numbers.ts";
import { Picture } from "./picture.tsx";

interface MapViewProps {
  readonly map: HeatMap;
  readonly over: Image;
  readonly title: string;
  /** The share of the map's colours, 0..1, the rest being the picture's; mixed as in Keras' example unless given. */
  readonly alpha?: number | undefined;
  readonly onPoint?: (at: { readonly x: number; readonly y: number } | undefined) => void;
}

/** A heat map over its picture, with its raw range. */
export function MapView({ map, over, title, alpha, onPoint }: MapViewProps) {
  const name = colormap.value;
  const image = useMemo(
    () => map.overlay(over, { colormap: name, ...(alpha === undefined ? {} : { alpha, style: "blend" }) }),
    [map, over, name, alpha],
  );
  return (
    <figure class="map">
      <Picture
        image={image}
        alt={`${title}: ${map.provenance.method}, ${map.provenance.target}`}
        {...(onPoint ? { onPoint } : {})}
      />
      <figcaption>
        <strong>{title}</strong> <Range map={map} />
      </figcaption>
    </figure>
  );
}

/** A map of the input's samples, by itself. */
export function PixelView({ map, title }: { readonly map: PixelMap; readonly title: string }) {
  const image = useMemo(() => map.render(), [map]);
  return (
    <figure class="map">
      <Picture image={image} alt={`${title}: ${map.provenance.method}, ${map.provenance.target}`} />
      <figcaption>
        <strong>{title}</strong> <Range map={map} />
      </figcaption>
    </figure>
  );
}

function Range({ map }: { readonly map: HeatMap | PixelMap }) {
  if (map.empty) return <span class="soft">{resultWords().empty}</span>;
  return (
    <span class="soft">
      {short(map.min)} … {short(map.max)}
    </span>
  );
}
