import { useMemo } from "preact/hooks";
import { type FloatMap, HeatMap } from "../../../src/index.ts";
import { CellMap } from "../../parts/cell-map.tsx";
import { MapView } from "../../parts/map-view.tsx";
import { short } from "../../parts/numbers.ts";
import { largest } from "../../parts/signed.ts";
import type { Result } from "../../parts/use-result.ts";
import type { Explained } from "../../store/session.ts";
import { alphaWords } from "../../strings/alpha.ts";
import type { LayerNumbers } from "./ask.ts";
import { chooseCell, chosenCell } from "./selection.ts";

interface PartialProps {
  readonly one: Explained;
  readonly numbers: LayerNumbers;
  /** The sum of the chosen channels. */
  readonly result: Result<FloatMap>;
  /** How many those are. */
  readonly count: number;
}

/** The sum of the chosen channels, beside that of all. */
export function Partial({ one, numbers, result, count }: PartialProps) {
  const words = alphaWords();
  const { map, channels } = numbers;
  // before the first answer: the whole, which is what most addresses ask for
  const partial = result.value ?? map.raw;
  const overlaid = useMemo(
    () => new HeatMap(partial, { alpha: map.alpha, input: map.input, provenance: map.provenance }),
    [partial, map],
  );
  return (
    <>
      <h2>{words.mapTitle}</h2>
      <p>{words.mapLead}</p>
      {result.error !== undefined && (
        <p class="refused" role="alert">
          {result.error}
        </p>
      )}
      <div class="partial" aria-busy={result.pending}>
        <RawMap numbers={numbers} map={partial} title={words.sumOfSome(count, channels)} />
        <RawMap numbers={numbers} map={map.raw} title={words.sumOfAll} />
        <MapView map={overlaid} over={one.picture.image} title={words.overlaid(count, channels)} />
        <MapView map={map} over={one.picture.image} title={words.whole} />
      </div>
    </>
  );
}

interface RawMapProps {
  readonly numbers: LayerNumbers;
  readonly map: FloatMap;
  readonly title: string;
}

function RawMap({ numbers, map, title }: RawMapProps) {
  const words = alphaWords();
  const { width, height, data } = map;
  const cell = chosenCell(numbers);
  const most = useMemo(() => largest(numbers.map.raw.data), [numbers]);
  const value = short(data[cell.row * width + cell.column] ?? 0);
  return (
    <figure>
      <CellMap
        values={data}
        width={width}
        height={height}
        most={most}
        label={words.rawLabel({ title, ...cell, value })}
        chosen={cell}
        onChoose={chooseCell}
      />
      <figcaption>
        <strong>{title}</strong>{" "}
        <span class="soft">
          {words.cell(cell)} = {value}
        </span>
      </figcaption>
    </figure>
  );
}
