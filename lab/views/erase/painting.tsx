import { useMemo } from "preact/hooks";
import type { HeatMap, Image, Prediction } from "../../../src/index.ts";
import { Answer } from "../../parts/answer.tsx";
import { Reveal } from "../../parts/controls.tsx";
import { MapView } from "../../parts/map-view.tsx";
import { percent } from "../../parts/numbers.ts";
import { type Result, useResult } from "../../parts/use-result.ts";
import { classIndex, className, layer, target } from "../../store/chosen.ts";
import type { Explained } from "../../store/session.ts";
import { eraseWords } from "../../strings/erase.ts";
import { Bars } from "./bars.tsx";
import { erased, type Fill, noMask, shareOf, side, standIn, withBox, withExtreme } from "./mask.ts";
import { Paint } from "./paint.tsx";
import { lookAgain, type SecondLook } from "./second-look.ts";
import { share, Tools } from "./tools.tsx";
import { useMask } from "./use-mask.ts";

interface PaintingProps {
  readonly one: Explained;
  readonly map: HeatMap;
  /** The counterfactual one. */
  readonly against: HeatMap;
  readonly fill: Fill;
}

interface Asked extends SecondLook {
  readonly changed: Image;
  /** Of all classes, of the picture as it was. */
  readonly before: readonly Prediction[];
}

/** The picture to paint on, and what the network makes of it. */
export function Painting({ one, map, against, fill }: PaintingProps) {
  const words = eraseWords();
  const { image } = one.picture;
  const { asked, painted, dab, change, undo } = useMask();
  const stand = useMemo(() => standIn(image, fill), [image, fill]);
  const shown = useMemo(() => erased(image, stand, painted), [image, stand, painted]);
  const result = useResult(async (): Promise<Asked> => {
    const changed = erased(image, stand, asked);
    const [before, after] = await Promise.all([
      one.run.predictions(Number.POSITIVE_INFINITY),
      lookAgain(one.model, changed, { target: target.value, layer: layer.value }),
    ]);
    return { before, changed, ...after };
  }, [one, stand, asked, target.value, layer.value]);
  const grid = () => map.heatmap({ width: side, height: side, relu: "none" });
  return (
    <>
      <div class="erase">
        <div>
          <Paint image={shown} alt={words.painting} onDab={dab} onDone={() => change((now) => now)} />
          <p class="soft" data-erased>
            {words.erased(percent(shareOf(painted)))}
          </p>
        </div>
        <div>
          <Tools
            fill={fill}
            onExtreme={(end) => change((now) => withExtreme(now, grid(), { end, share }))}
            onUndo={undo}
            onClear={() => change(noMask)}
            onBox={(box) => change((now) => withBox(now, box))}
          />
          <h2>{words.probabilities}</h2>
          <div class="bars">
            <Answer result={result}>{({ before, predictions }) => <Bars before={before} after={predictions} />}</Answer>
          </div>
          <Reveal question={words.question}>
            <p>{words.answer}</p>
          </Reveal>
        </div>
      </div>
      <Maps image={image} map={map} against={against} result={result} />
    </>
  );
}

interface MapsProps extends Pick<PaintingProps, "map" | "against"> {
  readonly image: Image;
  readonly result: Result<Asked>;
}

function Maps({ image, map, against, result }: MapsProps) {
  const words = eraseWords();
  return (
    <section aria-labelledby="maps">
      <h2 id="maps">{words.maps}</h2>
      <p>{words.mapsLead(className(classIndex.value))}</p>
      <div class="grid">
        <MapView map={map} over={image} title={words.usual} />
        <div class="reserved">
          <Answer result={result}>
            {(again) => <MapView map={again.map} over={again.changed} title={words.usualAfter} />}
          </Answer>
        </div>
        <MapView map={against} over={image} title={words.against} />
      </div>
      <Reveal question={words.mapsQuestion}>
        <p>{words.mapsAnswer}</p>
      </Reveal>
    </section>
  );
}
