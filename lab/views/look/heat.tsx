import { useState } from "preact/hooks";
import type { HeatMap, Image } from "../../../src/index.ts";
import { Answer } from "../../parts/answer.tsx";
import { Slider } from "../../parts/controls.tsx";
import { Download } from "../../parts/download.tsx";
import { MapView } from "../../parts/map-view.tsx";
import { percent, short } from "../../parts/numbers.ts";
import { useResult } from "../../parts/use-result.ts";
import { layer, target } from "../../store/chosen.ts";
import { numberParam, setParams } from "../../store/link.ts";
import type { Explained } from "../../store/session.ts";
import { colormap } from "../../store/settings.ts";
import { lookWords } from "../../strings/look.ts";

/** In per cent; the address has another where the reader chose one. */
const usualOpacity = 50;

export function Heat({ one }: { readonly one: Explained }) {
  const result = useResult(
    async () => ({
      map: await one.run.gradCam({ target: target.value, layer: layer.value }),
      picture: one.picture.image,
    }),
    [one, target.value, layer.value],
  );
  return <Answer result={result}>{(shown) => <Shown {...shown} />}</Answer>;
}

function Shown({ map, picture }: { readonly map: HeatMap; readonly picture: Image }) {
  const words = lookWords();
  const [at, setAt] = useState<{ readonly x: number; readonly y: number }>();
  const opacity = Math.min(100, numberParam("opacity") ?? usualOpacity);
  const { method, target: scalar, layer: name = "", rule, model } = map.provenance;
  const png = () => map.png({ image: picture, colormap: colormap.value, alpha: opacity / 100, style: "blend" });
  return (
    <>
      <MapView map={map} over={picture} title={words.heat} alpha={opacity / 100} onPoint={setAt} />
      <p class="under-pointer number">{at ? <Under map={map} picture={picture} at={at} /> : words.pointHint}</p>
      <div class="controls">
        <Slider
          label={words.opacity}
          value={opacity}
          min={0}
          max={100}
          show={`${opacity} %`}
          onInput={(value) => setParams({ opacity: value })}
        />
        <Download label={words.download} name={`${method}.png`} type="image/png" make={png} />
      </div>
      <p class="provenance soft">{words.provenance({ method, target: scalar, layer: name, rule, model })}</p>
    </>
  );
}

interface UnderProps {
  readonly map: HeatMap;
  readonly picture: Image;
  /** In pixels of the picture. */
  readonly at: { readonly x: number; readonly y: number };
}

/** The cell of the raw map that lies under the pointer. */
function Under({ map: { raw, max }, picture, at }: UnderProps) {
  const column = Math.floor((at.x * raw.width) / picture.width);
  const row = Math.floor((at.y * raw.height) / picture.height);
  const value = raw.data[row * raw.width + column] ?? 0;
  const place = { row, column, of: `${raw.height} × ${raw.width}` };
  return <>{lookWords().cell(place, short(value), percent(max > 0 ? Math.max(0, value) / max : 0))}</>;
}
